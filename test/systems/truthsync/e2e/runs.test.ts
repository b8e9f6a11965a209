// Whole runs of the baseline, judged by what hangs on no clock: an honest service keeps all of it, and a broken one does not,
// however busy the machine is.
import { expect, test } from 'vitest'
import { assayRun } from '../../../assay.ts'

const variables = { SYSTEM: 'truthsync', SCENARIO: 'baseline', SEED: '5', RATE: '100', PARTIAL: '1' }
/** Longer than its warm-up, by the looks at its figures that are needed, and a few more. */
const seconds = '45s'
const runMs = 120_000

const untimed = [
  'api.batch',
  'baseline.speedup',
  'config.effective',
  'contract.cache-word',
  'contract.ground-truth',
  'metrics.truth',
  'watch.4xx',
]

test('an honest service keeps what hangs on no clock', { timeout: runMs }, async () => {
  const run = await assayRun('truthsync', { ...variables, DURATION: seconds })
  const { criteria, leftovers, expectations } = await run.verdict()
  const own = criteria.filter(({ id }) => untimed.includes(id.replace('truthsync.', '')))
  expect(own.map(({ id, status }) => [id, status]).toSorted()).toEqual(
    untimed.map((id) => [`truthsync.${id}`, 'PASS']),
  )
  expect(leftovers).toEqual([])
  expect(expectations!.map(({ id }) => id).toSorted()).toEqual([
    'truthsync.baseline.expected',
    'truthsync.baseline.speedup',
  ])
})

test('a service that is broken in several ways is FAIL by each', { timeout: runMs }, async () => {
  const run = await assayRun('truthsync', {
    ...variables,
    DURATION: seconds,
    DEFECTS: 'hit-rate-lies,batch-shuffles,rejects-unicode,ignores-cache-size,slow-hits',
  })
  expect(run.exitCode).toBe(1)
  const { criteria } = await run.verdict()
  /** What the criterion observed, and why it is what it is. */
  const wordsOf = (name: string): string => {
    const found = criteria.find(({ id }) => id === `truthsync.${name}`)
    return `${found?.status}: ${found?.reason}; ${found?.observed}`
  }
  expect(wordsOf('baseline.cache-hit')).toMatch(/^FAIL: .*good, the target counted/)
  expect(wordsOf('api.batch')).toMatch(/^FAIL: .*otherwise than it is answered alone/)
  expect(wordsOf('watch.4xx')).toMatch(/^FAIL: .*was answered 4xx/)
  expect(wordsOf('config.effective')).toMatch(/^FAIL: .*not that of a cache of this size/)
  expect(wordsOf('baseline.speedup')).toMatch(/^FAIL: .*a third of the work/)
  expect(wordsOf('metrics.truth')).toMatch(/^FAIL: /)
})
