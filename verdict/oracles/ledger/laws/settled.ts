import type { Books } from '../books.ts'
import type { LedgerLaw } from '../law.ts'
import { nano } from '../nano.ts'
import type { FinalSnapshot, PaymentTerms } from '../payment-history.ts'
import { answerEvents, askedEvents, rowEvent } from '../words.ts'

/** How much too early the snapshot was taken to tell what is late; 0 or less where it was not. */
export const settleLackMs = ({ began }: FinalSnapshot, { lastAt, settleMs }: PaymentTerms): number =>
  lastAt + settleMs - began

export const settled: LedgerLaw = {
  sentence:
    'Every payout is confirmed or failed within the time promised for it, and an account that reached its threshold has one.',

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

  closed(charge, books) {
    if (settleLackMs(books.snapshot, books.terms) > 0) return
    for (const { name, threshold, left, isDue } of unaskedAccounts(books)) {
      charge.checked()
      if (!isDue) continue
      const text = `account ${name} has ${left} to be paid, and is to be paid at ${threshold}`
      charge.violated(books.snapshot.t, name, () => ({
        text: `${text}: no payout was made of it`,
        events: [{ t: null, who: 'ledger', text: `holds that ${text}` }],
      }))
    }
  },
}

/**
 * Accounts that are to be paid without being asked, what is left to be paid, and whether that is as much as their threshold.
 * By their rows: where sums are not theirs, that is told by itself.
 */
export const unaskedAccounts = ({ accounts }: Books) =>
  accounts.all().flatMap(({ name, threshold, faulty, net, pending, paid }) => {
    if (threshold === null || threshold === undefined || faulty) return []
    const left = net.total - pending.total - paid.total
    return [{ name, threshold, left, isDue: left >= nano(threshold) }]
  })
