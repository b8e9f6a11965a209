// Every registration is late.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'target.registration-p95',
  delayMs: (step, random) => (step === 'register' ? 250 + 100 * random() : 0),
} satisfies Defect
