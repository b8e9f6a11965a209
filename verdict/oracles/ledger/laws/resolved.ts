import type { LedgerLaw } from '../law.ts'
import { answerEvents, askedEvents, noRowEvent, rowEvent } from '../words.ts'

export const resolved: LedgerLaw = {
  sentence: 'What was unknown ended as done or as not done: what a read said of it stays true in the ledger.',

  key(charge, books, key) {
    const [answer, row] = [key.answers[0], key.rows[0]]
    const absent = key.absentForGood
    if (absent === null && answer === undefined) return
    charge.checked()
    if (absent !== null && row !== undefined) {
      const { t, process } = absent
      books.blameKey(key)
      charge.violated(t, key.key, () => ({
        text: `the final read said that key ${key.key} is not known, yet its payout is in the ledger`,
        events: [
          ...askedEvents(key),
          { t, who: process, text: `is told in the end that key ${key.key} is not known` },
          rowEvent(row),
        ],
      }))
    }
    if (answer !== undefined && row === undefined) {
      books.blameKey(key)
      charge.violated(answer.t, key.key, () => ({
        text: `a read showed payout ${answer.payout.id} for key ${key.key}, yet it is not in the ledger`,
        events: [...askedEvents(key), ...answerEvents(key), noRowEvent(key.key)],
      }))
    }
  },
}
