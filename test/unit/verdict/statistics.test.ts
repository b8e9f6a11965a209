import fc from 'fast-check'
import { samplesWithoutBad } from '../../../verdict/criterion.ts'
import { describe, expect, it, test } from 'vitest'
import { fairnessOf, gini, presentUnits } from '../../../verdict/fairness.ts'
import {
  designEffect,
  histogramQuantile,
  mostSamples,
  samplesToDecide,
  shareBounds,
} from '../../../verdict/statistics.ts'

test('where every observation is bad there is no spread to correct for, whatever the blocks round to', () => {
  const blocks = Object.fromEntries(
    Array.from({ length: 7 }, (_, second) => [second, [10 / 7, second < 5 ? 2 : 0] as [number, number]]),
  )
  expect(designEffect(blocks)).toBe(1)
})

describe('bounds of a share', () => {
  it.each([
    [0.001, 2995],
    [0.01, 299],
    [0.05, 59],
  ])('zero bad ones show a share under %d from %d samples on', (limit, needed) => {
    expect(samplesWithoutBad(limit)).toBe(needed)
    expect(shareBounds(0, needed).upper).toBeLessThanOrEqual(limit)
    expect(shareBounds(0, needed - 1).upper).toBeGreaterThan(limit)
  })

  it('equals the exact binomial tails', () => {
    // At the upper bound, so few bad ones have 5 % probability; at the lower bound, so many.
    const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)
    const atMost = (k: number, n: number, p: number): number =>
      Array.from({ length: k + 1 }, (_, i) => choose(n, i) * p ** i * (1 - p) ** (n - i)).reduce(
        (a, b) => a + b,
      )
    const { lower, upper } = shareBounds(5, 100)
    expect(atMost(5, 100, upper)).toBeCloseTo(0.05, 8)
    expect(1 - atMost(4, 100, lower)).toBeCloseTo(0.05, 8)
  })

  it('contains the observed share, and moves with the bad ones and with the samples', () => {
    const pair = fc
      .integer({ min: 1, max: 1e6 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })))
    fc.assert(
      fc.property(pair, ([n, bad]) => {
        const { lower, upper } = shareBounds(bad, n)
        expect(lower).toBeLessThanOrEqual(bad / n)
        expect(upper).toBeGreaterThanOrEqual(bad / n)
        const more = shareBounds(bad + 1, n + 1)
        expect(more.upper).toBeGreaterThanOrEqual(upper - 1e-12)
        expect(more.lower).toBeGreaterThanOrEqual(lower - 1e-12)
        const longer = shareBounds(bad, n + 1)
        expect(longer.upper).toBeLessThanOrEqual(upper + 1e-12)
      }),
    )
  })

  it('refuses counts that cannot be', () => {
    expect(() => shareBounds(3, 2)).toThrow('expected 0 <= bad <= n, got 3 of 2')
    expect(() => shareBounds(Number.NaN, 2)).toThrow('got NaN of 2')
  })
})

describe('samples that would decide', () => {
  it('is the least number at which the bound decides, above and below the limit', () => {
    const cases = [
      [1, 2000, 0.001],
      [1, 100, 0.001],
      [40, 1000, 0.05],
      [60, 1000, 0.05],
    ] as const
    for (const [bad, n, limit] of cases) {
      const needed = samplesToDecide(bad, n, limit)
      const decides = (samples: number): boolean => {
        const { lower, upper } = shareBounds((samples * bad) / n, samples)
        return lower > limit || upper <= limit
      }
      expect(decides(needed * 1.001)).toBe(true)
      expect(decides(needed * 0.99)).toBe(false)
    }
  })

  it('grows with the design effect, and ends where the observed share is the limit itself', () => {
    expect(samplesToDecide(0, 100, 0.001)).toBe(2995)
    expect(samplesToDecide(40, 1000, 0.05, 3) / samplesToDecide(40, 1000, 0.05)).toBeCloseTo(3, 1)
    expect(samplesToDecide(5, 100, 0.05)).toBe(mostSamples)
  })
})

describe('design effect', () => {
  const blocksOf = (bad: number[], n = 80): Record<string, [number, number]> =>
    Object.fromEntries(bad.map((value, second) => [1_700_000_000 + second, [n, value]]))

  it('is 1 without a bad one, with only bad ones, and with evenly spread ones', () => {
    expect(designEffect({})).toBe(1)
    expect(designEffect(blocksOf(Array(60).fill(0)))).toBe(1)
    expect(designEffect(blocksOf(Array(60).fill(80)))).toBe(1)
    expect(designEffect(blocksOf(Array(60).fill(4)))).toBe(1)
  })

  it('is the size of the run when bad ones come in one second', () => {
    const bad = Array<number>(600).fill(0)
    bad[300] = 40
    expect(designEffect(blocksOf(bad))).toBeGreaterThan(38)
    expect(designEffect(blocksOf(bad))).toBeLessThan(42)
  })

  it('sees a stall of several seconds as one, which single seconds do not', () => {
    const together = Array<number>(600).fill(0)
    together.fill(40, 300, 303)
    const apart = Array<number>(600).fill(0)
    for (const second of [100, 300, 500]) apart[second] = 40
    expect(designEffect(blocksOf(together))).toBeGreaterThan(2 * designEffect(blocksOf(apart)))
  })

  it('is never below 1 and does not depend on the order of the seconds', () => {
    const bad = fc.array(fc.integer({ min: 0, max: 80 }), { minLength: 0, maxLength: 50 })
    fc.assert(
      fc.property(bad, (values) => {
        const blocks = blocksOf(values)
        const effect = designEffect(blocks)
        expect(effect).toBeGreaterThanOrEqual(1)
        const shifted = Object.fromEntries(
          Object.entries(blocks).map(([second, block]) => [`-${second}`, block]),
        )
        expect(designEffect(shifted)).toBeCloseTo(effect, 6)
      }),
    )
  })
})

describe('fairness', () => {
  const units = (quantities: number[], capacity = 1): { quantity: number; capacity: number }[] =>
    quantities.map((quantity) => ({ quantity, capacity }))

  it('knows the Gini coefficient of small tables', () => {
    expect(gini(units([5, 5, 5, 5]))).toBe(0)
    expect(gini(units([0, 0, 0, 1]))).toBeCloseTo(0.75, 12)
    expect(gini(units([1, 2, 3]))).toBeCloseTo(2 / 9, 12)
    expect(gini(units([0, 0]))).toBe(0)
  })

  it('weighs by capacity: a unit that was there twice as long is due twice as much', () => {
    expect(
      gini([
        { quantity: 10, capacity: 1 },
        { quantity: 20, capacity: 2 },
      ]),
    ).toBeCloseTo(0, 12)
    expect(
      gini([
        { quantity: 10, capacity: 1 },
        { quantity: 10, capacity: 2 },
      ]),
    ).toBeCloseTo(1 / 6, 12)
  })

  it('leaves out units that were there for less than half as long as the longest', () => {
    const table = {
      a: { quantity: 1, capacity: 1 },
      b: { quantity: 1, capacity: 0.5 },
      c: { quantity: 9, capacity: 0.4 },
    }
    expect(presentUnits(table).names).toEqual(['a', 'b'])
    expect(presentUnits({ a: { quantity: 0, capacity: 0 } }).names).toEqual([])
  })

  it('draws the fair lottery that facts/anchors gives: 0.28, 0.197, 0.14 at 4, 8 and 16 items per unit', () => {
    const fair = (perUnit: number): number => fairnessOf(units(Array(100).fill(perUnit)), 1).fair.mean
    expect(fair(4)).toBeCloseTo(0.28, 1)
    expect(Math.abs(fair(8) - 0.197)).toBeLessThan(0.01)
    expect(Math.abs(fair(16) - 0.14)).toBeLessThan(0.01)
    // About 1 / sqrt(pi * items), also where counts are drawn from the normal curve.
    expect(fair(400) * Math.sqrt(Math.PI * 400)).toBeCloseTo(1, 1)
  })

  it('is repeatable, and the seed changes only the chance in it', () => {
    const table = units([12, 30, 22, 18, 25, 19])
    expect(fairnessOf(table, 7)).toEqual(fairnessOf(table, 7))
    expect(fairnessOf(table, 8).gini).toBe(fairnessOf(table, 7).gini)
    expect(fairnessOf(table, 8).fair.mean).not.toBe(fairnessOf(table, 7).fair.mean)
  })

  it('holds the observed coefficient between its bounds', () => {
    const quantities = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(quantities, (values) => {
        const { gini: value, bounds } = fairnessOf(units(values), 1)
        expect(bounds.lower).toBeLessThanOrEqual(value)
        expect(bounds.upper).toBeGreaterThanOrEqual(value)
      }),
      { numRuns: 30 },
    )
  })
})

describe('quantiles of a logarithmic histogram', () => {
  it('are at most the square root of the growth off', () => {
    const growth = 1.05
    const values = fc.array(fc.double({ min: 0.1, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, p) => {
        const buckets: Record<string, number> = {}
        for (const value of drawn) {
          const bucket = Math.ceil(Math.log(value) / Math.log(growth))
          buckets[bucket] = (buckets[bucket] ?? 0) + 1
        }
        const sorted = [...drawn].sort((a, b) => a - b)
        const true_ = sorted[Math.max(1, Math.ceil(p * drawn.length - 1e-9)) - 1] ?? Number.NaN
        const found = histogramQuantile({ type: 'histogram', growth, buckets }, p) ?? Number.NaN
        expect(Math.abs(Math.log(found / true_))).toBeLessThanOrEqual(Math.log(growth) / 2 + 1e-9)
      }),
    )
  })

  it('know zeros, and that nothing has no quantile', () => {
    expect(histogramQuantile({ type: 'histogram', growth: 2, buckets: { zero: 3, 4: 1 } }, 0.5)).toBe(0)
    expect(histogramQuantile({ type: 'histogram', growth: 2, buckets: { zero: 3, 4: 1 } }, 1)).toBeCloseTo(
      2 ** 3.5,
    )
    expect(histogramQuantile({ type: 'histogram', growth: 2, buckets: {} }, 0.5)).toBeNull()
    expect(() => histogramQuantile({ type: 'histogram', growth: 1, buckets: {} }, 0.5)).toThrow(
      'growth over 1, got 1',
    )
  })
})
