// A worker gets nothing until it has been there for some time.
import type { Defect } from '../defect.ts'
import { SeenWorkers } from '../seen-workers.ts'

const afterMs = 15_000
const workers = new SeenWorkers()

export default {
  criterion: 'spike.autoscaling',
  offers: (idle, { now }) => {
    workers.note(idle, now)
    return idle.filter(({ workerId }) => now - (workers.since(workerId) ?? now) > afterMs)
  },
} satisfies Defect
