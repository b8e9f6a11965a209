// One payout in thirty is booked as paid, and nobody sends it.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'reconciliation',
  payments: {
    async beforeSending(database) {
      await database.query(
        'pay-on-paper',
        `WITH booked AS (
           UPDATE payouts SET state = 'confirmed', ended_at = clock_timestamp(), depth = 1,
             transaction_hash = encode(sha256(payout_id::text::bytea), 'hex')
           WHERE payout_id % 30 = 29 AND state = 'accepted' RETURNING account, amount_nanoton
         ), sums AS (SELECT account, sum(amount_nanoton) AS amount FROM booked GROUP BY account ORDER BY account)
         UPDATE accounts SET pending_nanoton = pending_nanoton - amount, paid_nanoton = paid_nanoton + amount
         FROM sums WHERE accounts.account = sums.account`,
      )
    },
  },
} satisfies Defect
