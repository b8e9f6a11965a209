import type { LedgerLaw } from '../law.ts'
import { answerEvents, askedEvents, contentText, noRowEvent } from '../words.ts'

export const acknowledged: LedgerLaw = {
  sentence: 'Every payout that was answered with ok is in the ledger.',

  key(charge, books, key) {
    const asked = key.asked.find(({ accepted }) => accepted)
    if (asked === undefined) return
    charge.checked()
    if (key.rows.length > 0) return
    books.blameKey(key)
    charge.violated(asked.t, key.key, () => ({
      text: `the payout of ${contentText(asked)} under key ${key.key} was accepted and is not in the ledger`,
      events: [...askedEvents(key), ...answerEvents(key), noRowEvent(key.key)],
    }))
  },
}
