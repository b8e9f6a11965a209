// What hit rate is to be expected of a cache, for accesses as the shared pattern has them.
import { expectedHitRate } from '../data/expected-hit-rate.ts'
import type { World } from '../names.ts'

/** The weights of the claims by the pattern: those with the same number of accesses are one class. Made once. */
let classes: { count: number; probability: number }[] | undefined

function classesIn(world: World): { count: number; probability: number }[] {
  const pattern = world.rows('pattern') as readonly number[]
  const accesses = new Map<number, number>()
  for (const id of pattern) accesses.set(id, (accesses.get(id) ?? 0) + 1)
  const sizes = new Map<number, number>()
  for (const n of accesses.values()) sizes.set(n, (sizes.get(n) ?? 0) + 1)
  return [...sizes].map(([n, count]) => ({ count, probability: n / pattern.length }))
}

/** As a share. `ttlAccesses`: for how many accesses of all texts together an answer stays. */
export const expectedHitRateIn = (world: World, cache: { cacheSize: number; ttlAccesses: number }): number =>
  expectedHitRate({ weights: (classes ??= classesIn(world)), ...cache })
