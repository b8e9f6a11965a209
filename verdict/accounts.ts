// The account of promises: what was promised and never found again is lost, what was found and never promised is made up,
// and what may have been promised is not known.
import type { Counts, KeySums, PromiseAccount } from './evidence.ts'
import { whole } from './wording.ts'

/** Sums of keys stay whole numbers that are exact, however many parts of a run are added up. */
const modulus = 2 ** 32
const reduced = (sum: number): number => ((sum % modulus) + modulus) % modulus

/** The two sums as evidence keeps them. */
export const keySumsOf = (first: number, second: number): KeySums => [reduced(first), reduced(second)]
export const keySum = ([a, b]: KeySums, [c, d]: KeySums): KeySums => keySumsOf(a + c, b + d)

const isNothing = ([a, b]: KeySums): boolean => a === 0 && b === 0

/** How many are wrong at the least, and of how many it is not known whether they were promised and lost. */
interface Balance {
  lost: number
  /** Found and not promised, such as one that was refused, or found twice. */
  madeUp: number
  unresolved: number
  /** Whether it is their keys that show it, and not their number. */
  byKeys: boolean
}

/**
 * All that was promised is to be found, and of the rest only what may have been promised. As many as were promised have to be
 * those that were promised; as many as were promised or may have been, all of these. In between nobody can tell which of the
 * unsure ones they are, and what nobody could look at may be there. Numbers alone, where no keys were kept, show less.
 */
function balanceOf(found: number, { promised, unsure, unread = 0, keys }: PromiseAccount): Balance {
  const beyond = found - promised
  const missing = Math.max(0, -beyond)
  const balance: Balance = {
    lost: Math.max(0, missing - unread),
    madeUp: Math.max(0, beyond - unsure),
    unresolved: unsure - Math.min(unsure, Math.max(0, beyond)) + Math.min(missing, unread),
    byKeys: false,
  }
  if (keys === undefined) return balance
  // None of the unsure ones is there, so that none of them can have taken the place of a promise that was lost.
  if (beyond === 0 && isNothing(keys.open)) return { ...balance, unresolved: 0 }
  if (beyond === 0) {
    const lost = unread > 0 ? 0 : 1
    // What was found in its place is one of the unsure ones, or made up.
    return { lost, madeUp: unsure === 0 ? 1 : 0, unresolved: balance.unresolved, byKeys: true }
  }
  if (beyond === unsure && !isNothing(keySum(keys.open, keys.unsure)))
    // What is missing is a promise, or one of the unsure ones.
    return { ...balance, madeUp: 1, byKeys: true }
  return balance
}

function wordsOf(found: number, { promised, unsure, unread = 0 }: PromiseAccount, balance: Balance): string {
  const { lost, madeUp, byKeys } = balance
  const doubt = unsure > 0 ? `, ${whole(unsure)} more may have been promised` : ''
  const looks = unread > 0 ? `, ${whole(unread)} could not be looked at` : ''
  const others = byKeys ? ', and by their keys they are not the same ones' : ''
  const least = [
    ...(lost > 0 ? [`${whole(lost)} lost`] : []),
    ...(madeUp > 0 ? [`${whole(madeUp)} found that was refused, never promised, or found twice`] : []),
  ]
  return `promised ${whole(promised)}${doubt}, found ${whole(found)}${looks}${others}: at least ${least.join(' and ')}`
}

/**
 * Counts with their account settled; without one, as they are. Whatever was lost or made up is a bad observation. Each unsure
 * one that may hide a lost promise stays unresolved. Settle once, after all parts of a run are together: one shard promises
 * what another one finds. Not for a run that was cut short, of which nobody knows what became of its promises.
 */
export function accounted({ account, ...counts }: Counts): Counts {
  if (account === undefined) return counts
  const balance = balanceOf(counts.n, account)
  const { lost, madeUp } = balance
  const unresolved = (counts.unresolved ?? 0) + balance.unresolved
  return {
    ...counts,
    n: Math.max(counts.n, account.promised + madeUp),
    bad: counts.bad + lost + madeUp,
    ...(unresolved > 0 ? { unresolved } : {}),
    ...(lost + madeUp > 0 ? { imbalance: wordsOf(counts.n, account, balance) } : {}),
  }
}
