// One request in thirty is answered as accepted, and nothing is stored.
import { randomInt } from 'node:crypto'
import type { Defect } from '../defect.ts'

const oneIn = 30

export default {
  criterion: 'payment.reconciliation',
  law: 'acknowledged',
  payments: {
    async onRequest(_database, { key, account, amount_nanoton }) {
      if (randomInt(oneIn) > 0) return undefined
      return {
        payout_id: `lost-${key}`,
        idempotency_key: key,
        account,
        period: null,
        amount_nanoton,
        state: 'accepted',
        accepted_at: new Date().toISOString(),
        ended_at: null,
        transaction: null,
        depth: null,
        reason: null,
      }
    },
  },
} satisfies Defect
