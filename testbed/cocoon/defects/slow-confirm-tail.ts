// One payout in five waits before it is sent.
import type { Defect } from '../defect.ts'
import { keepsBack } from '../parking.ts'

export default {
  criterion: 'target.payment-p95',
  payments: { beforeSending: keepsBack(5, 6) },
} satisfies Defect
