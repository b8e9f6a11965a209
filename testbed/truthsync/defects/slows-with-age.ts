// Every answer takes longer, the older the service is.
import type { Defect } from '../defect.ts'

/** For each second of its life. */
const msPerSecond = 0.02

export default {
  criterion: 'endurance.latency-drift',
  delayMs: ({ age }) => 1 + msPerSecond * age,
} satisfies Defect
