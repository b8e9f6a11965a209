// How often the claims of a pattern are asked for.
import type { AccessClass } from './expected-hit-rate.ts'

/** By how often each claim is asked for: how many are, and with which probability each. */
export function classesOf(pattern: readonly number[]): AccessClass[] {
  const accessed = new Map<number, number>()
  for (const id of pattern) accessed.set(id, (accessed.get(id) ?? 0) + 1)
  const sizes = new Map<number, number>()
  for (const n of accessed.values()) sizes.set(n, (sizes.get(n) ?? 0) + 1)
  return [...sizes].map(([n, count]) => ({ count, probability: n / pattern.length }))
}
