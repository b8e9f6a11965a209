// What a script's scenarios were to last and to make: k6 itself took these times, on an idle machine.
import { expect, test } from 'vitest'
import { leastOf } from '../../../../lib/any-script/plan.ts'
import type { Scenario } from '../../../../lib/any-script/plan.ts'

const stages = (...all: [duration: string, target: number][]) =>
  all.map(([duration, target]) => ({ duration, target }))

test.each<[Scenario, number]>([
  [{ executor: 'constant-vus', duration: '1m0.5s' }, 60_500],
  [{ executor: 'constant-vus', duration: '1h0m0s', startTime: '500ms' }, 3_600_500],
  [{ executor: 'constant-arrival-rate', duration: '1.7s' }, 1700],
  [{ executor: 'externally-controlled', duration: '0s', startTime: '5s' }, 0],
  [{ executor: 'shared-iterations', startTime: '5s' }, 0],
  // The last virtual user is gone after a second, and the third stage brings none.
  [{ executor: 'ramping-vus', startVUs: 0, stages: stages(['500ms', 2], ['500ms', 0], ['1s', 0]) }, 1000],
  [{ executor: 'ramping-vus', startVUs: 0, stages: stages(['1s', 0]) }, 0],
  [{ executor: 'ramping-vus', startVUs: null, stages: stages(['1s', 0]) }, 1000],
  // k6 ended these after 619.3, 1000.7, 1000.8 and 0.2 ms: with the last whole arrival.
  [{ executor: 'ramping-arrival-rate', startRate: 1, stages: stages(['1s', 3]) }, 618],
  [{ executor: 'ramping-arrival-rate', startRate: 1, stages: stages(['1s', 3], ['500ms', 0]) }, 1000],
  [{ executor: 'ramping-arrival-rate', startRate: 1, stages: stages(['1.7s', 1]) }, 1000],
  [{ executor: 'ramping-arrival-rate', startRate: 0, stages: stages(['1s', 0]) }, 0],
  [{ executor: 'ramping-arrival-rate', startRate: 60, timeUnit: '1m0s', stages: stages(['1.7s', 60]) }, 1000],
])('%j lasts %d ms', (scenario, ms) => {
  expect(Math.round(leastOf({ scenario }).ms)).toBe(ms)
})

test('the longest of several decides, and the iterations add up', () => {
  const scenarios = {
    one: { executor: 'constant-vus', duration: '3s' },
    two: { executor: 'constant-vus', duration: '1s', startTime: '4s' },
    shared: { executor: 'shared-iterations', iterations: 7, vus: 3 },
    each: { executor: 'per-vu-iterations', iterations: 5, vus: 2 },
    once: { executor: 'shared-iterations', iterations: null, vus: null },
  }
  expect(leastOf(scenarios)).toEqual({ ms: 5000, iterations: 18 })
})
