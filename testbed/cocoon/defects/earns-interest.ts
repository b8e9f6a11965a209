// Accounts grow by themselves.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'conservation',
  payments: {
    async beforeSending(database) {
      await database.query(
        'add-interest',
        `UPDATE accounts SET gross_nanoton = gross_nanoton + 1
         WHERE account = (SELECT account FROM accounts ORDER BY random() LIMIT 1)`,
      )
    },
  },
} satisfies Defect
