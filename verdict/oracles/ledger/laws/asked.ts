import type { Account } from '../accounts.ts'
import type { Books, Held } from '../books.ts'
import type { Charge } from '../charges.ts'
import type { LedgerLaw } from '../law.ts'
import { contentText, rowEvent, transferEvent } from '../words.ts'
import { nano } from '../nano.ts'
import type { LedgerPayout } from '../payment-history.ts'

export const asked: LedgerLaw = {
  sentence:
    'Nobody is paid what nobody asked for: each payout has a key that was sent or an account that reached its threshold, each transfer a payout.',

  payout(charge, books, held) {
    if (!wasAsked(held)) blame(charge, books, held)
  },

  closed(charge, books) {
    charge.checked(books.snapshot.ledger.payouts.length + books.snapshot.chain.transfers.length)
    if (books.strangers.size > 0) blameStrangers(charge, books)
  },
}

/** By a client, or by the rule that makes the service pay. */
const wasAsked = ({ row, key, account }: Held): boolean =>
  row.key === null ? row.period !== null && isDue(row, account) : key !== undefined && key.asked.length > 0

/** Of an account that the ledger does not have nobody knows. */
const isDue = ({ amount }: LedgerPayout, { threshold }: Account): boolean =>
  threshold === undefined || (threshold !== null && nano(amount) >= nano(threshold))

function blame(charge: Charge, books: Books, held: Held): void {
  const { row } = held
  books.blamePayout(held)
  charge.violated(books.snapshot.t, row.id, () => ({
    text: `the ledger has payout ${row.id} of ${contentText(row)}, which nobody asked for`,
    events: [rowEvent(row)],
  }))
}

function blameStrangers(charge: Charge, books: Books): void {
  const told = books.faultyIds()
  for (const [mark, transfers] of books.strangers) {
    // More than one is told as such.
    const [transfer, ...others] = transfers
    if (transfer === undefined || others.length > 0 || told.has(mark)) continue
    charge.violated(books.snapshot.t, mark, () => ({
      text: `the chain has a transfer of ${contentText(transfer)} marked ${mark}, which is no payout of the ledger`,
      events: [transferEvent(transfer)],
    }))
  }
}
