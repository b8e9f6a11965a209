// The claims that are verified, and which one comes next: drawn from the access pattern of the file that all virtual users share.
import { isRefused, type Item } from './service.ts'
import type { World } from './names.ts'

export interface Claim {
  text: string
  /** Whether it states a fact, by how it was made. */
  isFactual: boolean
}

/** A row of what is shared: one character that says what it is, then the text. A look at a text costs less than one at an object. */
export const rowOf = ({ text, isFactual }: Claim): string => (isFactual ? 'f' : 'o') + text

/** Bound once by each virtual user. */
let shared: { claims: readonly string[]; pattern: readonly number[] } | undefined

/** The claim of one access, by the seed: accesses are independent of each other, and as frequent as in the file's pattern. */
export function claimAt(world: World, access: number): Claim {
  shared ??= {
    claims: world.rows('claims') as readonly string[],
    pattern: world.rows('pattern') as readonly number[],
  }
  const { claims, pattern } = shared
  const place = Math.floor(world.random(world.place, world.index, access) * pattern.length)
  const row = claims[pattern[place]!]!
  return { text: row.slice(1), isFactual: row.charCodeAt(0) === 102 }
}

/** What shows that an answer is not that to its text; null where nothing does. */
export function strange({ text, isFactual }: Claim, item: Item): string | null {
  if (isRefused(item)) return `not verified: ${item.why}`
  const { first, claims, confidence } = item
  if (!(confidence >= 0 && confidence <= 1)) return 'a confidence that is not between 0 and 1'
  if (isFactual && first === null) return 'no claim in a text that states a fact'
  if (!isFactual && claims > 0) return 'a claim in a text that states none'
  return first === null || text.includes(first) ? null : 'a claim that is not in the text'
}
