import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../verdict/criterion.ts'
import type { Evidence, Rate, RatePair } from '../../../verdict/evidence.ts'
import { rateBounds, ratioBounds } from '../../../verdict/rates.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import { mostSamples, shareBounds } from '../../../verdict/statistics.ts'

const rateRule = (least: number): Rule => ({ judge: 'rate', of: ['result'], in: ['peak'], least })
const ratioRule = (least: number, per: 'second' | 'level' = 'second'): Rule => ({
  judge: 'ratio',
  of: 'in-time',
  per,
  now: { in: 'overload' },
  before: { in: 'normal', which: 'best' },
  least,
})
const rate = (events: number, exposure: number): Rate => ({ type: 'rate', events, exposure })
const pair = (now: [number, number], before: [number, number]): RatePair => ({
  type: 'rate-pair',
  now: { events: now[0], exposure: now[1] },
  before: { events: before[0], exposure: before[1] },
})

describe('bounds of a rate', () => {
  /** The probability of so many events or fewer. */
  const atMost = (events: number, mean: number): number => {
    let [term, sum] = [Math.exp(-mean), 0]
    for (let count = 0; count <= events; count++) {
      sum += term
      term *= mean / (count + 1)
    }
    return sum
  }

  it.each([1, 3, 20, 150])('equal the exact Poisson tails at %d events', (events) => {
    const { lower, upper } = rateBounds({ events, exposure: 2 })
    expect(atMost(events, upper * 2)).toBeCloseTo(0.05, 6)
    expect(1 - atMost(events - 1, lower * 2)).toBeCloseTo(0.05, 6)
  })

  it('are 0 and three events without any, and contain what was observed', () => {
    expect(rateBounds({ events: 0, exposure: 10 }).lower).toBe(0)
    expect(rateBounds({ events: 0, exposure: 10 }).upper).toBeCloseTo(0.29957, 4)
    const amounts = fc.tuple(fc.integer({ min: 1, max: 1e7 }), fc.double({ min: 0.1, max: 1e5, noNaN: true }))
    fc.assert(
      fc.property(amounts, ([events, exposure]) => {
        const { lower, upper } = rateBounds({ events, exposure })
        expect(lower).toBeLessThan(events / exposure)
        expect(upper).toBeGreaterThan(events / exposure)
      }),
      { numRuns: 50 },
    )
  })
})

describe('a rate', () => {
  it.each([
    [10_500, 'PASS', /^at least 103\.\d+ per second, at least 100 needed$/],
    [10_010, 'UNDECIDED', /^between 98\.\d+ and 101\.\d+ per second, at least 100 needed: [\d,]+ samples/],
    [9500, 'FAIL', /^at most 96\.\d+ per second, at least 100 needed$/],
  ] as const)('%d events in 100 s, 100 per second needed: %s', (events, status, reason) => {
    const judged = judgeRule(rateRule(100), rate(events, 100), 1)
    expect(judged).toMatchObject({ status, samples: events, value: events / 100 })
    expect(judged.reason).toMatch(reason)
    expect(judged.needed > events).toBe(status === 'UNDECIDED')
  })

  it('is decided by as many events as it says, at the same rate', () => {
    for (const events of [9900, 10_060]) {
      const { needed } = judgeRule(rateRule(100), rate(events, 100), 1)
      const at = (samples: number): string =>
        judgeRule(rateRule(100), rate(samples, (samples / events) * 100), 1).status
      expect([at(needed * 0.95), at(needed * 1.05)]).toEqual(['UNDECIDED', events < 10_000 ? 'FAIL' : 'PASS'])
    }
    expect(judgeRule(rateRule(100), rate(10_000, 100), 1).needed).toBe(mostSamples)
  })

  it('of nothing in all the time is a rate of 0, and broken', () => {
    const none = { status: 'FAIL', observed: '0 per second (0 in 60 s)', value: 0, samples: 0 }
    expect(judgeRule(rateRule(100), rate(0, 60), 1)).toMatchObject(none)
  })

  it('is not judged without time, nor with figures that cannot be', () => {
    const nothing = { status: 'UNDECIDED', observed: 'nothing', value: null, samples: 0 }
    expect(judgeRule(rateRule(100), rate(0, 0), 1)).toMatchObject(nothing)
    expect(judgeRule(rateRule(100), undefined, 1)).toMatchObject(nothing)
    for (const wrong of [rate(5, 0), rate(-1, 5), rate(Number.NaN, 5), rate(5, Infinity)])
      expect(judgeRule(rateRule(100), wrong, 1).status).toBe('INVALID')
    expect(judgeRule(rateRule(100), { type: 'counts', n: 1, bad: 0 }, 1).reason).toContain(
      'expected evidence of type rate, got counts',
    )
  })
})

describe('bounds of a ratio', () => {
  it('are those of the share that falls on one side, and turn over with the sides', () => {
    const { lower, upper } = ratioBounds(pair([60, 10], [40, 20]))
    const share = shareBounds(60, 100)
    expect(lower).toBeCloseTo((share.lower / (1 - share.lower)) * 2, 12)
    expect(upper).toBeCloseTo((share.upper / (1 - share.upper)) * 2, 12)
    const turned = ratioBounds(pair([40, 20], [60, 10]))
    expect(turned.lower).toBeCloseTo(1 / upper, 8)
    expect(turned.upper).toBeCloseTo(1 / lower, 8)
  })

  it('do not depend on the unit of the exposures', () => {
    const events = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(events, events, fc.integer({ min: 1, max: 1000 }), (now, before, unit) => {
        const seconds = ratioBounds(pair([now, 30], [before, 60]))
        const workerSeconds = ratioBounds(pair([now, 30 * unit], [before, 60 * unit]))
        expect(workerSeconds.lower).toBeCloseTo(seconds.lower, 8)
        expect(workerSeconds.upper).toBeCloseTo(seconds.upper, 8)
      }),
    )
  })
})

describe('a ratio', () => {
  it.each([
    [900, 'PASS', /^at least 0\.8\d+ times, at least 0\.8 times needed$/],
    [810, 'UNDECIDED', /^between 0\.7\d+ and 0\.8\d+ times, at least 0\.8 times needed: [\d,]+ samples/],
    [700, 'FAIL', /^at most 0\.7\d+ times, at least 0\.8 times needed$/],
    [0, 'FAIL', /^at most 0\.00\d+ times, at least 0\.8 times needed$/],
  ] as const)('%d events now against 1,000 in the same time: %s', (now, status, reason) => {
    const judged = judgeRule(ratioRule(0.8), pair([now, 60], [1000, 60]), 1)
    expect(judged).toMatchObject({ status, samples: 1000 + now, value: now / 1000 })
    expect(judged.reason).toMatch(reason)
    expect(judged.needed > 0).toBe(status === 'UNDECIDED')
  })

  it('is decided by as many samples as it says, at the same ratio', () => {
    const { needed } = judgeRule(ratioRule(0.8), pair([820, 60], [1000, 60]), 1)
    const at = (scale: number): string =>
      judgeRule(ratioRule(0.8), pair([820 * scale, 60], [1000 * scale, 60]), 1).status
    expect([at((0.98 * needed) / 1820), at((1.02 * needed) / 1820)]).toEqual(['UNDECIDED', 'PASS'])
  })

  it('counts per unit of load where the rule says so', () => {
    const judged = judgeRule(ratioRule(0.9, 'level'), pair([60_000, 60_000], [600, 600]), 1)
    expect(judged.observed).toBe('1 times: 1 against 1 per second and unit of load (60,000 and 600)')
  })

  it.each([
    [pair([5, 10], [0, 10]), 'UNDECIDED', 'nothing was observed before to compare'],
    [pair([0, 0], [5, 10]), 'UNDECIDED', 'nothing was observed now to compare'],
    [pair([5, 0], [5, 10]), 'INVALID', 'contradicts itself'],
    [pair([5, 10], [5, -1]), 'INVALID', 'contradicts itself'],
  ] as const)('is not judged on one side alone, nor on figures that cannot be', (found, status, reason) => {
    const judged = judgeRule(ratioRule(0.8), found as Evidence, 1)
    expect(judged.status).toBe(status)
    expect(judged.reason).toContain(reason)
  })
})
