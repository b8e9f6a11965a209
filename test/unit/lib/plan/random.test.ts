// Random numbers by name: the same for a seed, a purpose and numbers, whatever was drawn before.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomOf } from '../../../../lib/plan/random.ts'

test('a seed, a purpose and numbers give the same number in every version', () => {
  expect(randomOf(7, 'task/client-steady', [12])).toBe(0.3941158866509795)
  expect(randomOf(7, 'task/client-steady', [13])).toBe(0.015252526151016355)
  expect(randomOf(8, 'work', [3, 0])).toBe(0.742147937649861)
  expect(randomOf(8, 'alone', [])).toBe(0.02208573534153402)
})

test('what was drawn before changes nothing', () => {
  const numbers = fc.array(fc.nat(3), { maxLength: 3 })
  const draw = fc.tuple(fc.nat(3), fc.constantFrom('a', 'b', '', 'work'), numbers)
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 20 }), (draws) => {
      const forwards = draws.map((one) => randomOf(...one))
      const backwards = draws.toReversed().map((one) => randomOf(...one))
      expect(backwards.toReversed()).toEqual(forwards)
      for (const number of forwards) expect(number >= 0 && number < 1).toBe(true)
    }),
  )
})

/** How far the counts of cells that should be equally full are from it: the sum of squares over what is expected. */
function chiSquared(numbers: number[], cells: number): number {
  const counts = Array<number>(cells).fill(0)
  for (const number of numbers) counts[Math.floor(number * cells)]!++
  const expected = numbers.length / cells
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
}

// 99 degrees of freedom: one in a thousand lies over 148.2, one in a thousand under 61.1.
test.each([
  ['neighbouring numbers', (i: number) => randomOf(1, 'work', [i])],
  ['neighbouring seeds', (i: number) => randomOf(i, 'work', [0])],
  ['neighbours of both', (i: number) => randomOf(1, 'work', [i % 100, Math.floor(i / 100)])],
  ['other purposes', (i: number) => randomOf(1, `work-${i}`, [])],
])('%s give numbers that are spread evenly, and pairs of them too', (_, draw) => {
  const numbers = Array.from({ length: 20_000 }, (__, index) => draw(index))
  const pairs = numbers.slice(1).map((number, index) => (Math.floor(number * 10) + numbers[index]!) / 10)
  for (const values of [numbers, pairs]) {
    expect(chiSquared(values, 100)).toBeGreaterThan(61.1)
    expect(chiSquared(values, 100)).toBeLessThan(148.2)
  }
})
