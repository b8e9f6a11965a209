// One key in thirty ends in errors only, and is shown as accepted from then on although nothing was stored.
import { createHash } from 'node:crypto'
import type { Payout } from '../../../systems/cocoon/api.ts'
import type { Defect } from '../defect.ts'
import { PoolError } from '../errors.ts'

const oneIn = 30
const shown = new Map<string, Payout>()

const isChosen = (key: string): boolean =>
  createHash('sha256').update(key).digest().readUInt32BE(0) % oneIn === 0

export default {
  criterion: 'payment.reconciliation',
  law: 'resolved',
  payments: {
    async onRequest(_database, { key, account, amount_nanoton }) {
      if (!isChosen(key)) return undefined
      shown.set(key, {
        payout_id: `seen-${key}`,
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
      })
      throw new PoolError('internal', 'a planted defect')
    },
    onMissing: (key) => shown.get(key) ?? null,
  },
} satisfies Defect
