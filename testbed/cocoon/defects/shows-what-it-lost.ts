// One key in thirty ends in errors only, and is shown as accepted from then on although nothing was stored.
import { createHash } from 'node:crypto'
import type { Payout } from '../../../systems/cocoon/api.ts'
import type { Defect } from '../defect.ts'
import { PoolError } from '../errors.ts'
import { asIfAccepted } from '../pretence.ts'

const oneIn = 30
const shown = new Map<string, Payout>()

const isChosen = (key: string): boolean =>
  createHash('sha256').update(key).digest().readUInt32BE(0) % oneIn === 0

export default {
  criterion: 'payment.reconciliation',
  law: 'resolved',
  payments: {
    async onRequest(_database, wanted) {
      const { key } = wanted
      if (!isChosen(key)) return undefined
      shown.set(key, asIfAccepted(`seen-${key}`, wanted))
      throw new PoolError('internal', 'a planted defect')
    },
    onMissing: (key) => shown.get(key) ?? null,
  },
} satisfies Defect
