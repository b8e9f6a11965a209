// Whether a share has fallen: bounds of a difference of two shares, and how often they hold.
import { describe, expect, test } from 'vitest'
import { randomOf } from '../../../lib/plan/random.ts'
import { judgeFalls } from '../../../verdict/falls.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import type { RatePair } from '../../../verdict/evidence.ts'

const rule = {
  judge: 'falls',
  of: 'hits',
  among: 'texts',
  now: { in: 'normal', which: 'last quarter' },
  before: { in: 'normal', which: 'first quarter' },
  most: 0.02,
} as const
const pair = (was: [number, number], is: [number, number]): RatePair => ({
  type: 'rate-pair',
  before: { events: was[0], exposure: was[1] },
  now: { events: is[0], exposure: is[1] },
})

describe('a share', () => {
  test.each([
    ['stays', pair([8000, 10_000], [8000, 10_000]), 'PASS'],
    ['rises', pair([8000, 10_000], [9000, 10_000]), 'PASS'],
    ['falls by half of what it may', pair([8000, 10_000], [7950, 10_000]), 'PASS'],
    ['falls by more', pair([8000, 10_000], [7600, 10_000]), 'FAIL'],
    ['falls by about as much', pair([8000, 10_000], [7800, 10_000]), 'UNDECIDED'],
    ['is of too few', pair([80, 100], [80, 100]), 'UNDECIDED'],
    ['falls from all to nothing', pair([50, 50], [0, 50]), 'FAIL'],
    ['is of nothing', pair([0, 0], [10, 10]), 'UNDECIDED'],
    ['is more than all', pair([11, 10], [10, 10]), 'INVALID'],
    ['is no number', pair([NaN, 10], [10, 10]), 'INVALID'],
  ])('that %s', (_, found, status) => expect(judgeRule(rule, found, 1).status).toBe(status))

  test('is told with both values, and with what would decide', () => {
    const judged = judgeFalls(rule, pair([8000, 10_000], [7850, 10_000]))
    expect(judged).toMatchObject({ status: 'UNDECIDED', value: 1.5, samples: 10_000 })
    expect(judged.observed).toBe('hits: 80 %, then 78.5 % (of 10,000 and 10,000 texts)')
    expect(judged.needed).toBeGreaterThan(10_000)
    expect(judged.reason).toContain('samples would decide')
  })

  test('that falls by exactly what it may is called broken in no more than one run of twenty', () => {
    let draws = 0
    const drawn = (share: number): number => {
      let n = 0
      for (let one = 0; one < 1000; one++) if (randomOf(1, 'falls', [draws++]) < share) n++
      return n
    }
    let [broken, met] = [0, 0]
    for (let run = 0; run < 400; run++) {
      const { status } = judgeFalls(rule, pair([drawn(0.85), 1000], [drawn(0.83), 1000]))
      if (status === 'FAIL') broken++
      if (status === 'PASS') met++
    }
    expect(broken).toBeLessThanOrEqual(28)
    expect(met).toBeLessThanOrEqual(28)
  })
})
