// A request that comes again puts its payout into another message of the treasury.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.no-double',
  law: 'once',
  payments: {
    async onRetry(database, key) {
      await database.query(
        'send-again',
        `UPDATE payouts SET batch_id = NULL WHERE idempotency_key = $1 AND state = 'sent'`,
        [key],
      )
    },
  },
} satisfies Defect
