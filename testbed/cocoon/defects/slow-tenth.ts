// One request in ten takes most of a second.
import { apiSteps, type Defect } from '../defect.ts'

export default {
  criterion: 'load.latency-p95',
  delayMs: (step, random) => (apiSteps.includes(step) && random() < 0.1 ? 750 + 100 * random() : 0),
} satisfies Defect
