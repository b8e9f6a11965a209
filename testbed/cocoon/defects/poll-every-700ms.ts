// A worker that waits is given a task only at the next tick of 700 ms.
import { onTicks } from '../slow-ticks.ts'
import type { Defect } from '../defect.ts'

export default {
  criterion: 'allocation.latency-normal',
  offers: onTicks(700),
} satisfies Defect
