// One request in fifty takes two and a half seconds.
import { apiSteps, type Defect } from '../defect.ts'

export default {
  criterion: 'load.latency-p99',
  delayMs: (step, random) => (apiSteps.includes(step) && random() < 0.02 ? 2_500 : 0),
} satisfies Defect
