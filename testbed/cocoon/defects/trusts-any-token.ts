// Whoever sends any token at all is let in.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.wrong-token',
  trustsAnybody: true,
} satisfies Defect
