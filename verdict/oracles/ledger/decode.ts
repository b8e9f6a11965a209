// Amounts that name their payment: within an account each payout's amount is its own, so that a wrong sum tells which
// payout is missing from it or in it twice.
import { nano } from './nano.ts'

const magnitude = (amount: bigint): bigint => (amount < 0n ? -amount : amount)

/** The one payout, else the one pair, whose amount is the difference; none where there is no such, or more than one. */
export function amountsThatMakeUp<T extends { amount: string }>(
  difference: bigint,
  payouts: readonly T[],
): T[] {
  const wanted = magnitude(difference)
  const singles = payouts.filter(({ amount }) => nano(amount) === wanted)
  if (singles.length > 0) return singles.length === 1 ? singles : []
  const seen = new Map<bigint, T>()
  const pairs: T[][] = []
  for (const payout of payouts) {
    const amount = nano(payout.amount)
    const other = seen.get(wanted - amount)
    if (other !== undefined) pairs.push([other, payout])
    seen.set(amount, payout)
  }
  return pairs.length === 1 ? pairs[0]! : []
}
