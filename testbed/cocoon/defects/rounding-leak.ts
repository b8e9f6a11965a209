// What the division by the fee leaves over goes to the operator, a nanoTON at a time.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'work',
  payments: {
    async afterBooking(database, taskIds) {
      await database.query(
        'round-up',
        `WITH rounded AS (
           UPDATE earnings SET fee_nanoton = fee_nanoton + 1 WHERE task_id = ANY($1) AND fee_nanoton * 20 < gross_nanoton
           RETURNING account
         ), sums AS (SELECT account, count(*) AS rounded FROM rounded GROUP BY account ORDER BY account)
         UPDATE accounts SET fee_nanoton = fee_nanoton + rounded FROM sums WHERE accounts.account = sums.account`,
        [taskIds],
      )
    },
  },
} satisfies Defect
