// Planted defects are caught by the criteria that they name. One process plants them, as a user would: all that break
// the baseline, and one of each kind of the others. `make prove` plants every one.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { defects } from '../../testbed/cocoon/defects/index.ts'
import { assay, projectRoot } from '../assay.ts'

/** Longest time for all of them together, on two cores. */
const mostSeconds = 28 * 60

interface Matrix {
  defects: {
    name: string
    criterion: string
    caught: boolean
    status: string
    reason: string
    seconds: number
  }[]
}

/** The defects planted here, and the criterion that catches each. */
const planted: Record<string, string> = {
  'slow-tenth': 'load.latency-p95',
  'slow-fiftieth': 'load.latency-p99',
  'one-error-in-100': 'load.errors-normal',
  'poll-every-700ms': 'allocation.latency-normal',
  'favourite-worker': 'allocation.fairness',
  'lifo-queue': 'allocation.no-starvation',
  'skips-large-tasks': 'allocation.no-starvation',
  'head-of-line-blocking': 'allocation.queue',
  'slow-submit': 'target.submit-p95',
  'poll-every-200ms': 'target.allocation-p95',
  'slow-registration': 'target.registration-p95',
  'slow-dashboard': 'target.dashboard-p95',
  // Judged by a comparison, a law over the pool's own figures, and a rate.
  'no-shedding': 'load.degradation',
  'drops-idle-workers': 'load.concurrent-workers',
  'serial-registration': 'target.registrations-rate',
  'unindexed-history': 'target.storage',
  // Judged by a mean, and by the ledger oracle.
  'slow-confirm': 'payment.mean',
  'retry-pays-again': 'payment.no-double',
  // Faults: one that never bit, one that never ended, and what a pool does not survive.
  'injector-does-nothing': 'fault.bite',
  'fault-never-heals': 'fault.heal',
  'lease-never-expires': 'fault.worker-recovery',
  'sticky-to-dead': 'fault.failover',
  'payments-in-memory': 'fault.no-payment-loss',
}
const names = Object.keys(planted)

let matrix: Matrix
beforeAll(
  async () => {
    const file = path.join(projectRoot, 'reports/kill-matrix.json')
    await rm(file, { force: true })
    const limits = { timeoutMs: 1.5 * mostSeconds * 1000, shown: true }
    await assay(['prove', `DEFECTS=${names.join(',')}`], {}, limits)
    matrix = JSON.parse(await readFile(file, 'utf8')) as Matrix
  },
  1.6 * mostSeconds * 1000,
)

describe('the kill matrix', () => {
  test('has every defect that was planted, and plants only what there is', () => {
    expect([...new Set(matrix.defects.map(({ name }) => name))].sort()).toEqual([...names].sort())
    expect(Object.keys(defects)).toEqual(expect.arrayContaining(names))
  })

  test.each(Object.entries(planted))('%s is caught by %s', (name, criterion) => {
    const row = matrix.defects.find(
      (entry) => entry.name === name && entry.criterion === `cocoon.${criterion}`,
    )
    expect(row).toMatchObject({ caught: true, status: defects[name]!.caughtAs ?? 'FAIL' })
    expect(row!.reason).not.toBe('')
  })

  test('takes no longer than that', () => {
    expect(matrix.defects.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(mostSeconds)
  })
})
