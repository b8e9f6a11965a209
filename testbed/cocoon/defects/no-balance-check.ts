// An account may be paid more than it has.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.reconciliation',
  law: 'overdraft',
  payments: { overdraftNanoton: 1e15 },
} satisfies Defect
