// A payout counts as confirmed as soon as its message was handed to the chain.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.confirmation',
  law: 'confirmation',
  payments: {
    async afterSending(database) {
      await database.query(
        'confirm-at-once',
        `WITH early AS (
           UPDATE payouts SET state = 'confirmed', ended_at = clock_timestamp(), depth = 1, transaction_hash = digests[1]
           FROM batches WHERE payouts.batch_id = batches.batch_id AND batches.state = 'open' AND payouts.state = 'sent'
             AND cardinality(digests) > 0
           RETURNING account, amount_nanoton
         ), sums AS (SELECT account, sum(amount_nanoton) AS amount FROM early GROUP BY account ORDER BY account)
         UPDATE accounts SET pending_nanoton = pending_nanoton - amount, paid_nanoton = paid_nanoton + amount
         FROM sums WHERE accounts.account = sums.account`,
      )
    },
  },
} satisfies Defect
