// Each gateway takes one result at a time.
import type { Defect } from '../defect.ts'
import { oneAtATime } from '../serial.ts'

export default {
  criterion: 'target.tasks-rate',
  delayMs: oneAtATime(26, (step) => step === 'result'),
} satisfies Defect
