// Every planted defect is caught by the criterion that it names. One process plants them all, as a user would.
import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { defects } from '../../testbed/cocoon/defects/index.ts'
import { assay, projectRoot } from '../assay.ts'

/** Longest time for all of them together, on two cores. */
const mostSeconds = 9 * 60

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

let matrix: Matrix
beforeAll(
  async () => {
    const file = path.join(projectRoot, 'reports/kill-matrix.json')
    await rm(file, { force: true })
    await assay(['prove'], {}, { timeoutMs: 1.5 * mostSeconds * 1000, shown: true })
    matrix = JSON.parse(await readFile(file, 'utf8')) as Matrix
  },
  1.6 * mostSeconds * 1000,
)

/** The criterion and the defects that the criteria file names for it. */
const named: Record<string, string[]> = {
  'load.latency-p95': ['slow-tenth'],
  'load.latency-p99': ['slow-fiftieth'],
  'load.errors-normal': ['one-error-in-100'],
  'allocation.latency-normal': ['poll-every-700ms'],
  'allocation.fairness': ['favourite-worker'],
  'allocation.no-starvation': ['lifo-queue', 'skips-large-tasks'],
  'allocation.queue': ['head-of-line-blocking'],
  'target.submit-p95': ['slow-submit'],
  'target.allocation-p95': ['poll-every-200ms'],
  'target.registration-p95': ['slow-registration'],
  'target.dashboard-p95': ['slow-dashboard'],
}
const pairs = Object.entries(named).flatMap(([criterion, names]) =>
  names.map((name) => [name, criterion] as const),
)

describe('the kill matrix', () => {
  test('has every defect of the testbed', () => {
    expect(matrix.defects.map(({ name }) => name).sort()).toEqual(Object.keys(defects).sort())
    expect(pairs.map(([name]) => name).sort()).toEqual(Object.keys(defects).sort())
  })

  test.each(pairs)('%s is caught by %s', (name, criterion) => {
    const row = matrix.defects.find((entry) => entry.name === name)
    expect(row).toMatchObject({ criterion: `cocoon.${criterion}`, caught: true, status: 'FAIL' })
    expect(row!.reason).not.toBe('')
  })

  test('takes under nine minutes', () => {
    expect(matrix.defects.reduce((sum, { seconds }) => sum + seconds, 0)).toBeLessThan(mostSeconds)
  })
})
