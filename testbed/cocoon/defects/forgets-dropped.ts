// A message is handed to the chain once, and nobody minds when the chain loses it.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.confirmation',
  law: 'settled',
  under: 'cocoon/P4',
  payments: { neverResends: true },
} satisfies Defect
