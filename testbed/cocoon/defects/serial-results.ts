// Each gateway takes one result at a time.
import type { Defect } from '../defect.ts'
import { oneAtATime } from '../serial.ts'

/** Two gateways do 100 results a second, which is under any rate that is promised; fewer would make a load of their own. */
const turnMs = 20

export default {
  criterion: 'target.tasks-rate',
  delayMs: oneAtATime(turnMs, (step) => step === 'result'),
} satisfies Defect
