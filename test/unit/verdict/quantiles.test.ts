import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../verdict/criterion.ts'
import type { Histogram, HistogramPair } from '../../../verdict/evidence.ts'
import { quantileBounds, slowerBounds } from '../../../verdict/quantiles.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import { mostSamples } from '../../../verdict/statistics.ts'

type Buckets = Omit<Histogram, 'type'>
const growth = 1.02

function recorded(values: readonly number[], step = growth): Buckets {
  const buckets: Record<string, number> = {}
  for (const value of values) {
    const bucket = value > 0 ? String(Math.ceil(Math.log(value) / Math.log(step))) : 'zero'
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  return { growth: step, buckets }
}
/** Values spread evenly from 0 to twice the middle, without chance. */
const spread = (n: number, middle: number): number[] =>
  Array.from({ length: n }, (_, index) => ((index + 0.5) / n) * 2 * middle)
const pair = (now: Buckets, before: Buckets): HistogramPair => ({ type: 'histogram-pair', now, before })
const rule = (most: number): Rule => ({
  judge: 'slower',
  of: 'api',
  now: { in: 'normal', which: 'last quarter' },
  before: { in: 'normal', which: 'first quarter' },
  p: 95,
  most,
})

describe('bounds of a quantile', () => {
  it('are the order statistics of the exact binomial tails, to the ends of their buckets', () => {
    const n = 100
    const choose = (of: number, k: number): number => (k === 0 ? 1 : (choose(of - 1, k - 1) * of) / k)
    const atMost = (k: number, p: number): number =>
      Array.from({ length: k + 1 }, (_, i) => choose(n, i) * p ** i * (1 - p) ** (n - i)).reduce(
        (a, b) => a + b,
      )
    const ranks = Array.from({ length: n }, (_, index) => index + 1)
    for (const p of [0.2, 0.5, 0.9]) {
      const low = ranks.findLast((rank) => atMost(rank - 1, p) <= 0.025)!
      const high = ranks.find((rank) => 1 - atMost(rank - 1, p) <= 0.025)!
      // Each value has a bucket of its own, whose number is its rank.
      const buckets = Object.fromEntries(ranks.map((rank) => [rank, 1]))
      const { lower, upper } = quantileBounds({ growth: 2, buckets }, p)
      expect([Math.log2(lower) + 1, Math.log2(upper)]).toEqual([low, high])
    }
  })

  it('are open where too few values were recorded to tell', () => {
    expect(quantileBounds(recorded(spread(71, 50)), 0.95).upper).toBe(Infinity)
    expect(quantileBounds(recorded(spread(72, 50)), 0.95).upper).toBeLessThan(101)
    expect(quantileBounds({ growth, buckets: {} }, 0.5)).toEqual({ lower: 0, upper: Infinity })
    expect(quantileBounds(recorded(Array(100).fill(0)), 0.5)).toEqual({ lower: 0, upper: 0 })
  })

  it('enclose the quantile of the values themselves, however wide the buckets', () => {
    const values = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.constantFrom(0.5, 0.95), fc.constantFrom(1.02, 1.5, 4), (drawn, p, step) => {
        const sorted = [...drawn].sort((a, b) => a - b)
        const observed = sorted[Math.ceil(p * drawn.length) - 1]!
        const { lower, upper } = quantileBounds(recorded(drawn, step), p)
        expect(lower).toBeLessThanOrEqual(observed)
        expect(upper * (1 + 1e-9)).toBeGreaterThanOrEqual(observed)
      }),
    )
  })
})

describe('slower', () => {
  it.each([
    [1, 'PASS', /^at most 1\.0\d+ times, at most 1\.2 times allowed; treated as independent/],
    [
      1.2,
      'UNDECIDED',
      /^between 1\.1\d* and 1\.2\d+ times, at most 1\.2 times allowed: no number of samples/,
    ],
    [1.5, 'FAIL', /^at least 1\.4\d+ times, at most 1\.2 times allowed; treated as independent/],
  ] as const)('%d times as slow, 1.2 times allowed: %s', (times, status, reason) => {
    const [now, before] = [spread(5000, 50 * times), spread(5000, 50)].map((all) => recorded(all)) as [
      Buckets,
      Buckets,
    ]
    const judged = judgeRule(rule(1.2), pair(now, before), 1)
    expect(judged).toMatchObject({
      status,
      samples: 10_000,
      needed: status === 'UNDECIDED' ? mostSamples : 0,
    })
    expect(judged.reason).toMatch(reason)
    expect(judged.value! / times).toBeCloseTo(1, 1)
    expect(judged.interval).toEqual([
      expect.closeTo(slowerBounds({ now, before }, 0.95).lower, 4) as number,
      expect.closeTo(slowerBounds({ now, before }, 0.95).upper, 4) as number,
    ])
  })

  it('is decided by as many samples as it says', () => {
    // Values are spread most where the percentile is, so that few of them do not tell.
    const drawn = (n: number, middle: number): number[] =>
      spread(n, 0.5).map((share) => middle * Math.exp(3 * share ** 4))
    const sides = pair(recorded(drawn(400, 10)), recorded(drawn(400, 10)))
    const judged = judgeRule(rule(1.2), sides, 1)
    expect(judged.status).toBe('UNDECIDED')
    const scaled = (scale: number): Buckets => ({
      growth,
      buckets: Object.fromEntries(
        Object.entries(sides.now.buckets).map(([bucket, count]) => [bucket, count * scale]),
      ),
    })
    const at = (samples: number): string =>
      judgeRule(rule(1.2), pair(scaled(samples / 800), scaled(samples / 800)), 1).status
    expect([at(judged.needed * 0.9), at(judged.needed * 1.001)]).toEqual(['UNDECIDED', 'PASS'])
  })

  it('never takes the width of a bucket for a difference: wide ones leave it undecided', () => {
    const sides = (step: number) => pair(recorded(spread(5000, 50), step), recorded(spread(5000, 50), step))
    expect(judgeRule(rule(1.2), sides(1.02), 1).status).toBe('PASS')
    expect(judgeRule(rule(1.2), sides(1.5), 1)).toMatchObject({ status: 'UNDECIDED', needed: mostSamples })
  })

  it('is undecided with too few samples, and says that nothing bounds it', () => {
    const judged = judgeRule(rule(1.2), pair(recorded(spread(50, 50)), recorded(spread(5000, 50))), 1)
    expect(judged).toMatchObject({ status: 'UNDECIDED', interval: null })
    expect(judged.reason).toContain('not bounded from above')
    expect(judged.needed).toBeGreaterThan(5050)
  })

  it('has nothing to say of one side alone, nor of what took no time', () => {
    const some = recorded(spread(500, 50))
    const none: Buckets = { growth, buckets: {} }
    expect(judgeRule(rule(1.2), pair(none, some), 1).reason).toContain('nothing was observed now')
    expect(judgeRule(rule(1.2), pair(some, none), 1).reason).toContain('nothing was observed before')
    const zeros = recorded(Array(500).fill(0))
    expect(judgeRule(rule(1.2), pair(some, zeros), 1)).toMatchObject({ status: 'UNDECIDED', value: null })
  })

  it.each([
    ['growths that differ', pair({ growth: 1.02, buckets: { 1: 5 } }, { growth: 1.05, buckets: { 1: 5 } })],
    ['no growth', pair({ growth: 1, buckets: { 1: 5 } }, { growth: 1, buckets: { 1: 5 } })],
    ['no count', pair({ growth, buckets: { 1: -5 } }, { growth, buckets: { 1: 5 } })],
    ['no bucket', pair({ growth, buckets: { some: 5 } }, { growth, buckets: { 1: 5 } })],
  ])('does not judge %s', (_, found) => {
    expect(judgeRule(rule(1.2), found, 1)).toMatchObject({
      status: 'INVALID',
      reason: expect.stringContaining('contradicts itself') as string,
    })
  })
})
