// Now and then somebody is paid who has not asked.
import type { Defect } from '../defect.ts'

const everyMs = 1_500
let lastAt = 0

export default {
  criterion: 'payment.reconciliation',
  law: 'asked',
  payments: {
    async beforeSending(database) {
      if (Date.now() - lastAt < everyMs) return
      lastAt = Date.now()
      await database.query(
        'make-up',
        `SELECT request_payout('gift-' || gen_random_uuid(), account, 250000, run, 'gift', 0)
         FROM (SELECT account, run FROM accounts WHERE threshold_nanoton IS NULL ORDER BY random() LIMIT 1) AS lucky`,
      )
    },
  },
} satisfies Defect
