// Random numbers that are the same for the same seed.
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Draws a number from 0 to 1, 1 itself left out. */
export type Random = () => number

/** A source of its own: the same seed draws the same numbers in the same order. */
export function seeded(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  return () => uniformFloat64(generator)
}
