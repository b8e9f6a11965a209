import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backSince } from '../../../verdict/windows.ts'

type Blocks = Record<string, [n: number, bad: number]>
const window = { seconds: 10, limit: 0.05 }
/** So many requests in each of a hundred seconds from second 1000, of which those in `broken` are bad. */
const blocksOf = (broken: (second: number) => boolean, n = 20): Blocks =>
  Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [1000 + index, [n, broken(1000 + index) ? n : 0]]),
  )
const back = (blocks: Blocks, from = 1_000_000, watchedUntil = 1_100_000): number | null =>
  backSince(blocks, from, watchedUntil, window).at

describe('back to normal', () => {
  it('is at once where nothing was bad, and else when the first good stretch began', () => {
    expect(back(blocksOf(() => false))).toBe(1_000_000)
    expect(back(blocksOf((second) => second < 1030))).toBe(1_030_000)
    // Nine good seconds are no stretch of ten.
    expect(back(blocksOf((second) => second < 1030 || second === 1039))).toBe(1_040_000)
  })

  it('begins on the first whole second, and is seen whole or not at all', () => {
    expect(
      back(
        blocksOf(() => false),
        1_000_001,
      ),
    ).toBe(1_001_000)
    const bad = blocksOf((second) => second < 1030)
    expect(back(bad, 1_000_000, 1_040_000)).toBe(1_030_000)
    expect(backSince(bad, 1_000_000, 1_039_999, window)).toEqual({
      from: 1_000_000,
      at: null,
      watchedUntil: 1_039_999,
    })
  })

  it('allows a stretch its share of bad ones, to the last one', () => {
    const stretch = (bad: number): Blocks => ({ ...blocksOf(() => true), 1030: [191, bad], ...good })
    const good = Object.fromEntries(
      Array.from({ length: 9 }, (_, index) => [1031 + index, [1, 0] as [number, number]]),
    )
    expect(back(stretch(10))).toBe(1_030_000)
    expect(back(stretch(11))).toBeNull()
  })

  it('is not what nobody saw: a stretch without any request is not normal', () => {
    expect(back({})).toBeNull()
    expect(back(blocksOf((second) => second >= 0, 0))).toBeNull()
    // A stretch counts from its first request on, if that was good.
    expect(back({ 1050: [1, 0] })).toBe(1_041_000)
  })

  it('has the bad seconds behind it whatever they are', () => {
    const seconds = fc.array(fc.boolean(), { minLength: 100, maxLength: 100 })
    fc.assert(
      fc.property(seconds, (bad) => {
        const at = back(blocksOf((second) => bad[second - 1000] ?? false))
        const runs = bad.map((_, index) => !bad.slice(index, index + 10).includes(true)).slice(0, 91)
        expect(at).toBe(runs.includes(true) ? 1_000_000 + runs.indexOf(true) * 1000 : null)
      }),
    )
  })

  it('refuses a stretch that is none', () => {
    for (const seconds of [0, -1, 1.5, Number.NaN])
      expect(() => backSince({}, 0, 1000, { seconds, limit: 0 })).toThrow('whole seconds from 1')
  })
})
