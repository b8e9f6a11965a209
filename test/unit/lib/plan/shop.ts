// A shop of few names, and plans of its one case with phases of a test's own.
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { PhaseShape } from '../../../../lib/plan/phase.ts'
import { makePlan } from '../../../../lib/plan/plan.ts'
import type { Case, Load, System } from '../../../../lib/plan/system.ts'
import type { Vocabulary } from '../../../../lib/plan/vocabulary.ts'
import { criteria, errors } from '../../../../thresholds/limits.ts'

/** Work that comes at an open rate. */
export const arriving = (actor: string, more: Record<string, number> = {}): Load => ({
  actor,
  arrivals: 10,
  work: true,
  holdSeconds: 1,
  yields: { buy: 1, ...more },
  requests: 1,
  opensWith: ['buy'],
})
/** They look after what arrives. */
export const following = (arrivalsOf: string): Load => ({
  actor: 'follower',
  residentsPer: { arrivalsOf, perSecond: 5 },
})

export const shopCase: Case = {
  id: 'shop/A1',
  scenario: 'sale',
  source: 'test',
  numbers: () => ({}),
  actors: () => [arriving('buyer'), following('buyer')],
  criteria: ['sale.errors'],
  required: [],
}
export const shop: System = {
  unit: 'buyers',
  cases: [shopCase],
  criteria: criteria('shop.md', {
    'sale.errors': ['Errors < 1 %', errors({ under: 0.01, in: 'normal', of: 'buy' })],
  }),
  names: {
    steps: { buy: { groups: ['shop'] }, look: { groups: ['shop'] }, leave: {}, audit: { history: true } },
    observations: { sold: {} },
    tallies: ['time'],
    points: [],
  },
  credentials: {},
}
/** The shop with other names. */
export const named = (names: Partial<Vocabulary>): System => ({ ...shop, names: { ...shop.names, ...names } })

export const planOf = (
  shapes: PhaseShape[],
  definition: Partial<Case> = {},
  system = shop,
  more: { withChecks?: boolean } = {},
) =>
  makePlan({
    scenario: 'sale',
    systemName: 'shop',
    system,
    definition: { ...shopCase, ...definition },
    profile: 'smoke',
    numbers: {},
    shapes,
    seed: 1,
    ...more,
  })
export const calm = (name = 'calm') => phase(name, 'normal', hold(10, '60s'))
