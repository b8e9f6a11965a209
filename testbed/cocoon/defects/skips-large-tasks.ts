// Tasks of eight gigabytes are served only when nobody has submitted anything for a while, so that under a steady load
// they wait for its end.
import type { Defect } from '../defect.ts'

const largeMb = 8_192
const quietMs = 3_000

export default {
  criterion: 'allocation.no-starvation',
  offers: (idle, { now, lastSubmitAt }) => {
    if (now - lastSubmitAt > quietMs) return idle
    return idle.map((worker) => ({ ...worker, memoryMb: Math.min(worker.memoryMb, largeMb - 1) }))
  },
} satisfies Defect
