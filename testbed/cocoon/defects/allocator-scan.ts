// Before it hands anything out, the allocator looks at every worker that it knows.
import type { Defect } from '../defect.ts'
import { SeenWorkers } from '../seen-workers.ts'

const lookMs = 8
/** So that tasks still come through, and show how long they waited. */
const mostMs = 700
const workers = new SeenWorkers()

export default {
  criterion: ['allocation.latency-peak', 'target.scaling'],
  offers: async (idle, { now }) => {
    workers.note(idle, now)
    await new Promise((resolve) => setTimeout(resolve, Math.min(mostMs, lookMs * workers.size)))
    return idle
  },
} satisfies Defect
