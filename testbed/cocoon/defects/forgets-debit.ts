// One payout in thirty is made without its account being charged for it.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'legs',
  payments: {
    async beforeSending(database) {
      await database.query(
        'give-back',
        `WITH given AS (
           UPDATE payouts SET correlation_id = correlation_id || ' uncharged'
           WHERE payout_id % 30 = 29 AND state = 'accepted' AND batch_id IS NULL
             AND correlation_id NOT LIKE '% uncharged'
           RETURNING account, amount_nanoton
         ), sums AS (SELECT account, sum(amount_nanoton) AS amount FROM given GROUP BY account ORDER BY account)
         UPDATE accounts SET pending_nanoton = pending_nanoton - amount FROM sums WHERE accounts.account = sums.account`,
      )
    },
  },
} satisfies Defect
