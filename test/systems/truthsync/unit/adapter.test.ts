// What the adapter takes for an answer, and what it says of one that breaks the contract.
import { describe, expect, test } from 'vitest'
import { misfitIn } from '../../../../lib/drive/fields.ts'
import { adapter } from '../../../../systems/truthsync/adapter.ts'
import { readMetrics } from '../../../../systems/truthsync/metrics.ts'

const service = adapter()
const good = { claims: ['a'], confidence: 1, cache_hit: false, processing_time_us: 3 }

/** Why an answer was not taken; null where it was. */
function misfitOf(read: () => unknown): string | null {
  try {
    read()
    return null
  } catch (error) {
    return misfitIn(error)
  }
}

describe('an answer to a text', () => {
  test.each([
    [good, null],
    [{ ...good, claims: [] }, null],
    ['x', 'the answer is a string (an object is expected)'],
    [{ ...good, claims: 'a' }, 'claims is a string (a list is expected)'],
    [{ ...good, claims: [1] }, 'claims[0] is a number (a string is expected)'],
    [{ ...good, confidence: null }, 'confidence is null (a number is expected)'],
    [{ ...good, cache_hit: undefined }, 'cache_hit is missing (a boolean is expected)'],
  ])('%o: %s', (json, why) => expect(misfitOf(() => service.verify('t').read(json, 200))).toBe(why))
})

describe('an answer to a batch', () => {
  const { read } = service.batch(['a', 'b'])
  test('has an answer or an error for each of its texts, in their order', () => {
    expect(read([good, { index: 1, error: { code: 'unprocessable', message: 'no text' } }], 200)).toEqual([
      { first: 'a', claims: 1, confidence: 1, isHit: false },
      { index: 1, why: 'no text' },
    ])
  })
  test.each([[[good]], [[good, good, good]], [{}]])('is none with other numbers of them: %o', (json) =>
    expect(misfitOf(() => read(json, 200))).toContain('list'),
  )
})

describe('/metrics', () => {
  const text = `# HELP truthsync_requests_total x
truthsync_requests_total{endpoint="verify",status="200"} 5
truthsync_requests_total{endpoint="batch",status="200"} 2
truthsync_cache_hit_rate 0.75
nodejs_eventloop_lag_mean_seconds Nan
some_bucket{le="+Inf"} 1
some_limit +Inf
truthsync_verification_seconds_bucket{le="0.000001",cache="hit"} 2
truthsync_verification_seconds_bucket{le="0.000005",cache="hit"} 6
truthsync_verification_seconds_bucket{le="+Inf",cache="hit"} 8
truthsync_verification_seconds_bucket{le="+Inf",cache="miss"} 0
`
  test('adds up the labels of a counter, and has no median of nothing', () => {
    const read = readMetrics(text)
    expect(read).toMatchObject({ requests: 7, hitRate: 0.75, errors: undefined, missMedianUs: undefined })
    expect(read.hitMedianUs).toBeCloseTo(3)
  })
  test.each([[''.padEnd(3, '{')], [{}], ['truthsync_requests_total many']])('%o is none', (odd) =>
    expect(misfitOf(() => readMetrics(odd))).toContain('/metrics is'),
  )
})
