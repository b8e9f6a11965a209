// The runs that are recorded: cases as they pass, and defects that turn each way of judging red.
import { expect } from 'vitest'
import { system } from '../../../../systems/cocoon/system.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'

export interface GoldenRun {
  /** Of its folder in test/fixtures/golden/: the case, or the defect. */
  name: string
  case: string
  profile: 'smoke' | 'kill'
  defect?: string
  /** What the defect turns red, without the system's name. */
  red?: string[]
}

/** P1 is all of these one after the other, and histories of payments are what takes room. */
const partsOfP1 = ['cocoon/P2', 'cocoon/P3', 'cocoon/P4']

const clean = system.cases
  .filter(({ id }) => !partsOfP1.includes(id))
  .map(({ id }): GoldenRun => ({
    name: id.slice(id.indexOf('/') + 1).toLowerCase(),
    case: id,
    profile: 'smoke',
  }))

const red = (
  defect: string,
  own: string,
  profile: GoldenRun['profile'],
  ...ids: [string, ...string[]]
): GoldenRun => ({ name: defect, case: `cocoon/${own}`, profile, defect, red: ids })

const planted: GoldenRun[] = [
  // A share, a Gini coefficient, something that may never happen.
  red('slow-tenth', 'S1', 'kill', 'load.latency-p95'),
  red('favourite-worker', 'S1', 'kill', 'allocation.fairness'),
  red('lifo-queue', 'S1', 'kill', 'allocation.no-starvation'),
  // Ratios and histograms of two phases; accounts of promises.
  red('collapse', 'S2', 'smoke', 'load.degradation'),
  red('loses-under-spike', 'S4', 'smoke', 'spike.nothing-lost'),
  // A law of the ledger, a mean, a rate.
  red('retry-pays-again', 'P2', 'kill', 'payment.no-double'),
  red('slow-confirm', 'P2', 'kill', 'payment.mean'),
  // A recovery that never came, and a fault that did not heal.
  red('lease-never-expires', 'F1', 'smoke', 'fault.worker-recovery'),
  red('fault-never-heals', 'F6', 'smoke', 'fault.heal'),
  // What grows with age: trends of resources, cost of a task. A quarter of an hour.
  red('slows-with-age', 'S5', 'kill', 'soak.cpu', 'soak.drift'),
]

export const goldenRuns: GoldenRun[] = [...clean, ...planted]

/** That the run said what it is recorded for: PASS, or FAIL by all that its defect turns red. */
export function expectSays({ red }: GoldenRun, { verdict, line, criteria }: Verdict): void {
  const unlike = criteria
    .filter(({ status }) => status !== 'PASS')
    .map(({ id, reason }) => `${id}: ${reason}`)
  expect(verdict, [line, ...unlike].join('\n')).toBe(red === undefined ? 'PASS' : 'FAIL')
  const broken = criteria.filter(({ status }) => status === 'FAIL').map(({ id }) => id)
  expect(broken).toEqual(expect.arrayContaining((red ?? []).map((id) => `cocoon.${id}`)))
}
