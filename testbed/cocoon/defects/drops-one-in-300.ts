// One payout in three hundred is accepted and never sent.
import type { Defect } from '../defect.ts'
import { keepsBack } from '../parking.ts'

export default {
  criterion: 'payment.success',
  under: 'cocoon/P1',
  payments: { beforeSending: keepsBack(300, null) },
} satisfies Defect
