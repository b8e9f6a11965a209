import type { LedgerLaw } from '../law.ts'
import { payoutText } from '../words.ts'

export const ownOrder: LedgerLaw = {
  sentence: 'A process that was told of a payout is never told later that its key is not known.',

  answered(charge, _terms, key, view, { op, payout, t, process }) {
    if (op !== 'read' || view === undefined) return
    charge.checked()
    if (payout !== null) return
    const { t: known, last } = view
    charge.violated(t, key.key, () => ({
      text: `key ${key.key} was known and then is not`,
      events: [
        { t: known, who: process, text: `is shown for key ${key.key}: ${payoutText(last)}` },
        { t, who: process, text: `is told that key ${key.key} is not known` },
      ],
    }))
  },
}
