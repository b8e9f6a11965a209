// A mean is judged by its bounds, which have to hold for values that come in runs, too.
import { describe, expect, test } from 'vitest'
import type { Rule } from '../../../verdict/criterion.ts'
import type { Moments } from '../../../verdict/evidence.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import { judgeMean } from '../../../verdict/means.ts'
import { seeded } from '../../../verdict/random.ts'
import { judgeRule } from '../../../verdict/rules.ts'

type MeanRule = Extract<Rule, { judge: 'mean' }>
const under = (limit: number, floor = 20): MeanRule => ({
  judge: 'mean',
  of: 'payout-time',
  in: ['normal'],
  under: limit,
  floor,
})

/** Values by the second in which they began. */
function momentsOf(seconds: number[][]): Moments {
  const moments: Moments = { type: 'moments', n: 0, sum: 0, seconds: {} }
  for (const [second, values] of seconds.entries()) {
    const sum = values.reduce((total, value) => total + value, 0)
    moments.n += values.length
    moments.sum += sum
    moments.seconds[1000 + second] = [values.length, sum]
  }
  return moments
}

const even = (value: number, seconds = 60): Moments =>
  momentsOf(Array.from({ length: seconds }, (_, second) => [value, value + (second % 2 === 0 ? 50 : -50)]))

describe('a mean', () => {
  test.each([
    [2000, 'PASS', /^at most 20\d\d(\.\d)? ms, allowed 5000 ms$/],
    [7000, 'FAIL', /^at least 69\d\d(\.\d)? ms, allowed 5000 ms$/],
  ] as const)('of %d ms is %s', (value, status, reason) => {
    const judged = judgeRule(under(5000), even(value), 1)
    expect(judged).toMatchObject({ status, value, samples: 120 })
    expect(judged.reason).toMatch(reason)
  })

  test('near its limit is UNDECIDED, and says what would decide', () => {
    const wild = momentsOf(
      Array.from({ length: 60 }, (_, second) => (second % 20 < 10 ? [1000, 1200] : [9000, 9100])),
    )
    const judged = judgeMean(under(5000), wild)
    expect(judged.status).toBe('UNDECIDED')
    expect(judged.needed).toBeGreaterThan(120)
    expect(judged.interval![0]).toBeLessThan(5000)
    expect(judged.interval![1]).toBeGreaterThan(5000)
  })

  test('of nothing, of too few values or in too short a time says nothing', () => {
    expect(judgeRule(under(5000), undefined, 1)).toMatchObject({ status: 'UNDECIDED', needed: 20 })
    expect(judgeMean(under(5000), momentsOf([]))).toMatchObject({ status: 'UNDECIDED', samples: 0 })
    expect(judgeMean(under(5000, 200), even(2000))).toMatchObject({ status: 'UNDECIDED', needed: 200 })
    const short = judgeMean(under(5000), momentsOf(Array.from({ length: 9 }, () => [1, 2, 3])))
    expect(short).toMatchObject({ status: 'UNDECIDED', samples: 27 })
    expect(short.reason).toContain('2 stretches of 5 s')
  })

  test('of broken evidence is INVALID', () => {
    expect(judgeMean(under(5000), { type: 'moments', n: -1, sum: 3, seconds: {} }).status).toBe('INVALID')
    expect(judgeRule(under(5000), { type: 'counts', n: 1, bad: 0 }, 1).status).toBe('INVALID')
  })

  test('adds up over processes', () => {
    const whole = even(2000)
    const [one, other] = [0, 1].map((place): Moments => {
      const seconds = Object.fromEntries(
        Object.entries(whole.seconds).filter(([second]) => Number(second) % 2 === place),
      )
      const parts = Object.values(seconds)
      const [n, sum] = [0, 1].map((at) => parts.reduce((total, part) => total + part[at as 0 | 1], 0))
      return { type: 'moments', n: n!, sum: sum!, seconds }
    }) as [Moments, Moments]
    expect(judgeRule(under(5000), fold(one, other) as Moments, 1)).toEqual(judgeRule(under(5000), whole, 1))
  })
})

describe('the bounds of a mean', () => {
  const runs = 1000

  /** The share of simulated runs in which each bound held, of values whose true mean is 1000. */
  function coverage(stretchSeconds: number, spread: number): { lower: number; upper: number } {
    const random = seeded(7)
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    let [lower, upper] = [0, 0]
    for (let run = 0; run < runs; run++) {
      let common = 0
      const seconds = Array.from({ length: 80 }, (_, second) => {
        if (second % stretchSeconds === 0) common = spread * normal()
        return Array.from({ length: 10 }, () => 1000 * (1 + common + 0.3 * normal()))
      })
      const [low, high] = judgeMean(under(5000), momentsOf(seconds)).interval!
      if (low <= 1000) lower++
      if (high >= 1000) upper++
    }
    return { lower: lower / runs, upper: upper / runs }
  }

  test.each([
    ['independent values', 1, 0],
    ['values of a batch together', 2, 0.3],
    ['stalls of five seconds', 5, 0.3],
  ] as const)('hold as often as they say for %s', (_, stretchSeconds, spread) => {
    const { lower, upper } = coverage(stretchSeconds, spread)
    // 95 % promised; of 1000 runs chance takes two standard errors, and a ratio of few blocks another one.
    expect(Math.min(lower, upper)).toBeGreaterThan(0.925)
  })
})
