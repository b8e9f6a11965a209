// The claims that are verified, and which one comes next: drawn from the access pattern of the file that all virtual users share.
import { isRefused, type Item } from './service.ts'
import type { World } from './names.ts'

export interface Claim {
  text: string
  /** Whether it states a fact, by how it was made. */
  isFactual: boolean
}

/** A row of what is shared: one character that says what it is, then the text. */
export const rowOf = ({ text, isFactual }: Claim): string => (isFactual ? 'f' : 'o') + text

function claimOf(world: World, id: number): Claim {
  const row = world.rows('claims').at(id)
  return { text: row.slice(1), isFactual: row.charCodeAt(0) === 102 }
}

/** Ids of the access pattern that lie together in a row: k6 takes its time for each row that it shares, and for each look at one. */
export const pageLength = 20

/** A row of ids that follow each other in the pattern. */
export const pageOf = (ids: readonly number[]): string => ids.join()
export const idsIn = (page: string): number[] => page.split(',').map(Number)

/** The claim of one access, by the seed: accesses are independent of each other, and as frequent as in the file's pattern. */
export const claimAt = (world: World, access: number): Claim => claimsAt(world, access, 1)[0]!

/** As many claims that follow each other in the pattern, from one that the seed draws; it begins again at its end. */
export function claimsAt(world: World, access: number, count: number): Claim[] {
  const pages = world.rows('pages')
  const draw = world.random(world.place, world.index, access) * pages.length
  let place = Math.floor(draw)
  let page = idsIn(pages.at(place))
  let next = Math.floor((draw % 1) * page.length)
  const claims: Claim[] = []
  for (let taken = 0; taken < count; taken++) {
    if (next === page.length) {
      place = (place + 1) % pages.length
      page = idsIn(pages.at(place))
      next = 0
    }
    claims.push(claimOf(world, page[next++]!))
  }
  return claims
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
