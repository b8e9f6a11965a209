// Every payout waits before it is sent.
import type { Defect } from '../defect.ts'
import { keepsBack } from '../parking.ts'

export default {
  criterion: 'payment.mean',
  payments: { beforeSending: keepsBack(1, 5) },
} satisfies Defect
