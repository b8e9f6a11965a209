// Every request waits for the next tick of a clock of 10 ms.
import type { Defect } from '../defect.ts'

const tickMs = 10

export default {
  criterion: 'baseline.latency-p99',
  delayMs: ({ age }) => tickMs - ((age * 1000) % tickMs),
} satisfies Defect
