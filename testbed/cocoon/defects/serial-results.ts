// Each gateway takes one result at a time.
import type { Defect } from '../defect.ts'
import { oneAtATime } from '../serial.ts'

/** Two gateways do 91 results a second of the 100 that are promised; a longer queue would make a load of its own. */
const turnMs = 22

export default {
  criterion: 'target.tasks-rate',
  delayMs: oneAtATime(turnMs, (step) => step === 'result'),
} satisfies Defect
