// What a law is: a sentence for people, and how it is checked, as events come and when all is at rest.
import type { Books, Held } from './books.ts'
import type { Charge } from './charges.ts'
import type { Key, View } from './keys.ts'
import type { PaymentTerms, Success, Totals } from './payment-history.ts'

export interface LedgerLaw {
  sentence: string
  /** A process was told of a key; `view` is what it had been told before. */
  answered?(
    charge: Charge,
    terms: PaymentTerms,
    key: Key,
    view: View | undefined,
    event: Success & { op: 'pay' | 'read' },
  ): void
  /** A process was shown the transfers of a payout; `confirmedAt` is when it had first been told that it is confirmed. */
  looked?(
    charge: Charge,
    terms: PaymentTerms,
    confirmedAt: number | undefined,
    payout: string,
    event: Success & { op: 'look' },
  ): void
  totalled?(charge: Charge, totals: Totals, event: Success): void
  // Ledger and chain lie open: first each key, then each payout of the ledger, as long as no law found it at fault, by
  // itself; then all that is left. Only of what it is called for may a law of keys or payouts say that it is at fault.
  key?(charge: Charge, books: Books, key: Key): void
  payout?(charge: Charge, books: Books, held: Held): void
  closed?(charge: Charge, books: Books): void
}
