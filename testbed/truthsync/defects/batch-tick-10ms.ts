// Every request waits for the next tick of a clock of 10 ms, at which it is taken, and is worked on at the one after that.
import type { Defect } from '../defect.ts'

const tickMs = 10

export default {
  criterion: 'baseline.latency-p99',
  delayMs: ({ age }) => 2 * tickMs - ((age * 1000) % tickMs),
} satisfies Defect
