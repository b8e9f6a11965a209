// Accounts that are to be paid without being asked are not.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.confirmation',
  law: 'settled',
  payments: {
    async beforeSending(database) {
      await database.query(
        'forget-thresholds',
        'UPDATE accounts SET threshold_nanoton = NULL WHERE threshold_nanoton IS NOT NULL',
      )
    },
  },
} satisfies Defect
