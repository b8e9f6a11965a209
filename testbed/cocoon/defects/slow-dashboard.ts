// The dashboard's data is late.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'target.dashboard-p95',
  delayMs: (step) => (step === 'dashboard' ? 1_200 : 0),
} satisfies Defect
