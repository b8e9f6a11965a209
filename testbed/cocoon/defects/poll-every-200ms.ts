// A worker that waits is given a task only at the next tick of 200 ms.
import { onTicks } from '../slow-ticks.ts'
import type { Defect } from '../defect.ts'

export default {
  criterion: 'target.allocation-p95',
  offers: onTicks(200),
} satisfies Defect
