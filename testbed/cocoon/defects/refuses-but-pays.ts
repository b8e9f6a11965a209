// One request in thirty is stored, and answered as refused.
import { randomInt } from 'node:crypto'
import type { Defect } from '../defect.ts'
import { PoolError } from '../errors.ts'

const oneIn = 30

export default {
  criterion: 'payment.reconciliation',
  law: 'rejected',
  payments: {
    async onRequest(database, { key, account, amount_nanoton, run, correlationId }) {
      if (randomInt(oneIn) > 0) return undefined
      await database.query('take-silently', 'SELECT request_payout($1, $2, $3, $4, $5, 0)', [
        key,
        account,
        amount_nanoton,
        run ?? null,
        correlationId,
      ])
      throw new PoolError('insufficient_funds')
    },
  },
} satisfies Defect
