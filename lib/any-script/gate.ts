// How large the margin of a rule must be, so that k6 is green only where the exact bound says PASS.
import { samplesWithoutBad } from '../../verdict/criterion.ts'
import { shareBounds } from '../../verdict/statistics.ts'
import { priceOf } from './series.ts'

/** Fewest observations over `least` and up to `most` that show a share to be within the limit, with so many bad ones. */
function samplesWith(bad: number, limit: number, least: number, most: number): number {
  let [tooFew, enough] = [least, most]
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2)
    if (shareBounds(bad, middle).upper <= limit) enough = middle
    else tooFew = middle
  }
  return enough
}

const known = new Map<number, number>()

/**
 * The margin (see series.ts) from which on a share is certainly within the limit, for a limit between 0 and 1: the most
 * by which the samples needed exceed the price of the bad ones among them. Each further bad one asks for fewer more than
 * the one before, so the search for them is short, and over at the first fall; whole numbers make it waver by one.
 */
export function marginNeeded(limit: number): number {
  const found = known.get(limit)
  if (found !== undefined) return found
  const price = priceOf(limit)
  let samples = samplesWithoutBad(limit)
  let more = samples
  let needed = samples
  for (let bad = 1; ; bad++) {
    const enough = samplesWith(bad, limit, samples, samples + more + 1)
    more = enough - samples
    samples = enough
    const over = samples - price * bad
    if (over < needed - 1) break
    needed = Math.max(needed, over)
  }
  known.set(limit, needed)
  return needed
}
