import type { LedgerLaw } from '../ledger-law.ts'
import type { FinalSnapshot, PaymentTerms } from '../payment-history.ts'
import { answerEvents, askedEvents, rowEvent } from '../ledger-words.ts'

/** How much too early the snapshot was taken to tell what is late; 0 or less where it was not. */
export const settleLackMs = ({ began }: FinalSnapshot, { lastAt, settleMs }: PaymentTerms): number =>
  lastAt + settleMs - began

export const settled: LedgerLaw = {
  sentence: 'Every payout is confirmed or failed within the time promised for it.',

  payout(charge, books, { row, key }) {
    const isOpen = row.status === 'accepted' || row.status === 'sent'
    // What is open in a snapshot taken too early is not late yet; what has ended has ended.
    if (isOpen && settleLackMs(books.snapshot, books.terms) > 0) return
    charge.checked()
    if (!isOpen) return
    const { t } = books.snapshot
    charge.violated(key?.asked[0]?.t ?? t, row.id, () => ({
      text: `payout ${row.id} is still ${row.status} ${(t - books.terms.lastAt) / 1000} s after the last request, work or disturbance`,
      events: [...(key === undefined ? [] : [...askedEvents(key), ...answerEvents(key)]), rowEvent(row)],
    }))
  },
}
