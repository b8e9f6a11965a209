// What became of the money, in sums, for people to read beside the laws.
import type { Books } from './books.ts'
import type { History } from './history.ts'
import { exactNano, nano, partsText, Sum } from './nano.ts'
import type { LedgerEarning } from './payment-history.ts'

/** Sums are decimal texts of nanoTON; null without a final snapshot. */
export interface Money {
  /** What completed tasks were worth, and the operator's share of it. */
  earned: string | null
  fees: string | null
  /** What the divisions by the fee left over, in fractions of a nanoTON: it went to the workers. */
  remainders: string | null
  /** What the ledger calls paid and pending. */
  paid: string | null
  pending: string | null
  /** What transfers on the chain paid. */
  transferred: string | null
  payouts: {
    /** Keys: sent, answered with ok at least once, rejected whenever sent, and not known what became of them. */
    asked: number
    accepted: number
    rejected: number
    unknown: number
    /** Payouts in the ledger by their last status, and those of them that the service made by itself. */
    confirmed: number
    failed: number
    pending: number
    byService: number
  }
}

const feeParts = 10_000n

export function moneyOf(history: History, books: Books | null): Money {
  const payouts = {
    asked: 0,
    accepted: 0,
    rejected: 0,
    unknown: 0,
    confirmed: 0,
    failed: 0,
    pending: 0,
    byService: 0,
  }
  for (const key of history.keys.values()) {
    const { asked } = key
    if (asked.length === 0) continue
    payouts.asked++
    const isAccepted = asked.some(({ accepted, mistaken }) => accepted || mistaken !== null)
    const isRejected = asked.every(({ attempts, rejected }) => attempts === rejected)
    if (isAccepted) payouts.accepted++
    else if (isRejected) payouts.rejected++
    if (isRejected) continue
    // Accepted is not yet paid: without ledger and chain nobody knows. With them, one answer or final read tells.
    if (books === null || !(isAccepted || key.finallyRead || key.answers.length > 0)) payouts.unknown++
  }
  if (books === null)
    return {
      earned: null,
      fees: null,
      remainders: null,
      paid: null,
      pending: null,
      transferred: null,
      payouts,
    }
  for (const { status, key } of books.snapshot.ledger.payouts) {
    if (key === null) payouts.byService++
    payouts[status === 'accepted' || status === 'sent' ? 'pending' : status]++
  }
  const [transferred, remainders] = [new Sum(), new Sum()]
  for (const { succeeded, amount } of books.snapshot.chain.transfers) if (succeeded) transferred.add(amount)
  for (const earning of books.snapshot.ledger.earnings)
    addRemainder(remainders, earning, books.terms.feeBasisPoints)
  const accounts = books.accounts.all()
  const all = (part: 'gross' | 'fee' | 'paid' | 'pending'): string =>
    String(accounts.reduce((sum, account) => sum + account[part].total, 0n))
  return {
    earned: all('gross'),
    fees: all('fee'),
    remainders: partsText(remainders.total, feeParts),
    paid: all('paid'),
    pending: all('pending'),
    transferred: String(transferred.total),
    payouts,
  }
}

/** In parts of a nanoTON. */
function addRemainder(sum: Sum, { gross }: LedgerEarning, feeBasisPoints: number): void {
  const amount = exactNano(gross)
  const parts = (amount % Number(feeParts)) * feeBasisPoints
  sum.addExact(
    Number.isSafeInteger(parts)
      ? parts % Number(feeParts)
      : Number((nano(gross) * BigInt(feeBasisPoints)) % feeParts),
  )
}
