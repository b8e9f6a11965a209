// One task in twenty is booked a second time, under a number that no task has.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'work',
  payments: {
    async afterBooking(database, taskIds) {
      await database.query(
        'book-again',
        `WITH again AS (
           INSERT INTO earnings (task_id, worker_id, account, units, gross_nanoton, fee_nanoton)
           SELECT -task_id, worker_id, account, units, gross_nanoton, fee_nanoton FROM earnings
           WHERE task_id = ANY($1) AND task_id % 20 = 19
           RETURNING account, gross_nanoton, fee_nanoton
         ), sums AS (
           SELECT account, sum(gross_nanoton) AS gross, sum(fee_nanoton) AS fee FROM again GROUP BY account ORDER BY account
         )
         UPDATE accounts SET gross_nanoton = gross_nanoton + gross, fee_nanoton = fee_nanoton + fee
         FROM sums WHERE accounts.account = sums.account`,
        [taskIds],
      )
    },
  },
} satisfies Defect
