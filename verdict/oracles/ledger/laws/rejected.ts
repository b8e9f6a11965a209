import { sameContent } from '../keys.ts'
import type { LedgerLaw } from '../law.ts'
import { askedEvent, contentText, rowEvent } from '../words.ts'

export const rejected: LedgerLaw = {
  sentence:
    'What was refused was not done: no payout has a key and content whose attempts were all rejected.',

  key(charge, books, key) {
    for (const asked of key.asked) {
      if (asked.rejected < asked.attempts) continue
      charge.checked()
      const row = key.rows.find((other) => sameContent(other, asked))
      if (row === undefined) continue
      books.blameKey(key)
      charge.violated(asked.t, key.key, () => ({
        text: `the payout of ${contentText(asked)} under key ${key.key} was rejected, yet it is in the ledger`,
        events: [askedEvent(key.key, asked), rowEvent(row)],
      }))
    }
  },
}
