// Random numbers by name: the same for a seed and a name, whatever was drawn before.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomOf } from '../../lib/random.ts'

test('a seed and a name give the same number in every version', () => {
  expect(randomOf(7, 'memory/client-steady/12')).toBe(0.4632384169381112)
  expect(randomOf(7, 'memory/client-steady/13')).toBe(0.5237823892384768)
  expect(randomOf(8, 'work/3/0')).toBe(0.5491967489942908)
  expect(randomOf(8, 'alone')).toBe(0.23833460942842066)
})

test('what was drawn before changes nothing', () => {
  const name = fc.array(fc.constantFrom('a', 'b', '', 'work', '12'), { maxLength: 4 })
  const draw = fc.tuple(fc.nat(3), name)
  fc.assert(
    fc.property(fc.array(draw, { maxLength: 20 }), ([...draws]) => {
      const forwards = draws.map(([seed, parts]) => randomOf(seed, parts.join('/')))
      const backwards = draws.toReversed().map(([seed, parts]) => randomOf(seed, parts.join('/')))
      expect(backwards.toReversed()).toEqual(forwards)
      for (const number of forwards) expect(number >= 0 && number < 1).toBe(true)
    }),
  )
})
