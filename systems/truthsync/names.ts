// Every name of a claim-verification service: what its callers do, observe and measure. Read at start only; actors know its type.
import type { World as KitWorld } from '../../lib/drive/actor.ts'
import type { Case, Load, Scenario } from '../../lib/plan/system.ts'
import type { Vocabulary } from '../../lib/plan/vocabulary.ts'

/** Texts that are sent to be verified, alone or in batches. */
const verification = { groups: ['api', 'verification'] } as const
/** What callers ask besides. */
const api = { groups: ['api'] } as const

export const names = {
  steps: {
    verify: verification,
    // By their number of texts: up to 54, and up to 100.
    'batch-small': verification,
    'batch-large': verification,
    health: api,
    stats: api,
    // What only the auditor and the first requests ask.
    figures: {},
    metrics: {},
    'whole-batch': {},
  },
  observations: {
    // One for each text: whether its answer came from the cache, and whether the answer is that to its text.
    cached: {},
    'own-answer': {},
    'hit-theory': {},
    speedup: {},
    'same-figures': {},
    'batch-size': {},
    'queue-account': {},
    'queue-empty': {},
    'batch-as-singles': { check: true },
    'ground-truth': { check: true },
    'cache-word': { check: true },
  },
  // Of the texts of users who come back: all, and those whose answers were in the cache.
  tallies: ['texts', 'hits'],
  points: [
    'queue',
    'cache-entries',
    'cache-evictions',
    'stats-requests',
    'stats-claims',
    'stats-errors',
    'stats-hits',
    'metrics-requests',
    'metrics-claims',
    'metrics-errors',
    'metrics-hits',
  ],
} as const satisfies Vocabulary

export type Names = typeof names

export type World = KitWorld<Names>
export type ServiceLoad = Load<Names>
export type ServiceCase<S extends Scenario> = Case<S, Names>
