// Each gateway registers one worker at a time.
import type { Defect } from '../defect.ts'
import { oneAtATime } from '../serial.ts'

export default {
  criterion: 'target.registrations-rate',
  delayMs: oneAtATime(55, (step) => step === 'register'),
} satisfies Defect
