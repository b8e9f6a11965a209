// Every submission is late.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'target.submit-p95',
  delayMs: (step, random) => (step === 'submit' ? 130 + 70 * random() : 0),
} satisfies Defect
