// Planted defects are caught by the criteria that they name: one for each way of judging that hangs most on a whole run.
// The others are in kill-matrix.long.test.ts; every way of judging is tested on recorded evidence too (test/unit).
import { beforeAll, describe, expect, test } from 'vitest'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { expectCaught, plant, type Planted } from './planting.ts'

/** The defects planted here, and the criterion that catches each. */
const planted: Record<string, string> = {
  // A share, something that may never happen, a Gini coefficient.
  'slow-tenth': 'load.latency-p95',
  'head-of-line-blocking': 'allocation.queue',
  'favourite-worker': 'allocation.fairness',
  // A fault, which did not heal. A law that is broken is shown by e2e/any-system. A recovery that never came is something
  // that may never happen, too: lease-never-expires is judged as head-of-line-blocking is, and recorded (unit/golden).
  'fault-never-heals': 'fault.heal',
}
const names = Object.keys(planted)
const mostMs = 20 * 60 * 1000

let planting: Planted
beforeAll(async () => {
  planting = await plant(names, mostMs)
}, 1.1 * mostMs)

describe('the kill matrix', () => {
  test('has every defect that was planted, and plants only what there is', () => {
    expect([...new Set(planting.rows.map(({ name }) => name))].sort()).toEqual([...names].sort())
    expect(Object.keys(defects)).toEqual(expect.arrayContaining(names))
  })

  test.for(Object.entries(planted))('%s is caught by %s', ([name, criterion], context) =>
    expectCaught(context, planting, name, criterion),
  )
})
