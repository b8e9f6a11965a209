// Each gateway answers one API request at a time.
import { apiSteps, type Defect } from '../defect.ts'
import { oneAtATime } from '../serial.ts'

export default {
  criterion: 'target.requests-rate',
  delayMs: oneAtATime(3.2, (step) => apiSteps.includes(step)),
} satisfies Defect
