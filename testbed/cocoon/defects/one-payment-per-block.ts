// Every message of the treasury carries a single transfer.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'target.payments-rate',
  payments: { mostPerBatch: 1 },
} satisfies Defect
