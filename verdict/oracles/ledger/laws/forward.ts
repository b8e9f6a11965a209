import { isForward } from '../history.ts'
import type { LedgerLaw } from '../law.ts'
import { payoutText, rowEvent } from '../words.ts'

export const forward: LedgerLaw = {
  sentence: 'A status only moves forward: accepted, sent, then confirmed or failed, which is the end.',

  answered(charge, _terms, { key }, view, { op, payout, t, process }) {
    // A retry may be answered with what its first attempt was answered with: only reads are bound to tell news.
    if (op !== 'read' || view === undefined || payout === null || payout.id !== view.last.id) return
    charge.checked()
    const { status, t: seen } = view
    if (isForward(status, payout.status)) return
    charge.violated(t, key, () => ({
      text: `the payout under key ${key} was ${status} and then ${payout.status}`,
      events: [
        { t: seen, who: process, text: `has been told by now that the payout under key ${key} is ${status}` },
        { t, who: process, text: `is shown for key ${key}: ${payoutText(payout)}` },
      ],
    }))
  },

  key(charge, books, key) {
    const row = key.rows[0]
    if (row === undefined) return
    charge.checked(key.views.length)
    const view = key.views.find(({ status }) => !isForward(status, row.status))
    if (view === undefined) return
    const { status, t, process } = view
    books.blameKey(key)
    charge.violated(t, key.key, () => ({
      text: `the payout under key ${key.key} was ${status} and is ${row.status} in the ledger`,
      events: [
        { t, who: process, text: `has been told by now that the payout under key ${key.key} is ${status}` },
        rowEvent(row),
      ],
    }))
  },
}
