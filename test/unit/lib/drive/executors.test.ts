// Which faults of a plan k6 itself lives, each in a scenario of its own.
import { describe, expect, test } from 'vitest'
import { faultScenarios } from '../../../../lib/drive/executors.ts'
import type { PlannedFault } from '../../../../lib/plan/plan.ts'

const fault = (target: string, start: number): PlannedFault => ({
  id: `kill ${target}`,
  driver: 'process',
  target,
  settings: {},
  start,
  seconds: 5,
})
const vanish: PlannedFault = {
  ...fault('workers', 30),
  driver: 'vanish',
  byActors: { what: 'tasks', during: 'lost', after: 'elsewhere' },
}
const faults = [fault('front', 10), vanish, fault('store', 60)]
const selectors = { store: {} as never, workers: {} as never }
const names = (...rest: [target: Parameters<typeof faultScenarios>[1], variables: object]) =>
  faultScenarios({ faults }, ...rest).map(([name]) => name)

describe('faults that k6 lives', () => {
  test('are all but those that actors commit, and keep their place in the plan, by which their scenario finds them', () => {
    expect(names({ selectors: {} }, {})).toEqual(['fault_1', 'fault_3'])
  })

  test('are those in pods alone where a keeper does the others', () => {
    expect(names({ selectors }, { RECORD: true, ALLOW_FAULTS: true })).toEqual(['fault_3'])
    expect(names({ selectors }, { RECORD: true })).toEqual([])
  })

  test('begin some time before they are due, with one who looks where the injection blocks', () => {
    const [one, other] = faultScenarios({ faults }, { selectors }, { ALLOW_FAULTS: true })
    expect([one![1], other![1]]).toMatchObject([
      { exec: 'disturb', vus: 1, startTime: '7000ms' },
      { exec: 'disturb', vus: 2, startTime: '57000ms' },
    ])
  })
})
