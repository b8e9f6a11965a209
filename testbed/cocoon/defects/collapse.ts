// When a queue stands that is longer than the workers are many, most of the pool is busy with looking after it, and a
// third of the workers works, until hardly anything waits.
import type { Defect } from '../defect.ts'
import { SeenWorkers } from '../seen-workers.ts'
import { queueLength } from '../standing.ts'

/** Tasks per worker, and tasks at least. */
const [beginsAt, endsAt, fewTasks] = [1, 0.25, 10]
const standsForMs = 2_000
const lookEveryMs = 100

const waitingTasks = queueLength(lookEveryMs)
const workers = new SeenWorkers()
let longSince: number | null = null
let collapsed = false

/** The same third of the workers every time. */
const works = (workerId: string): boolean => (workerId.codePointAt(workerId.length - 1) ?? 0) % 3 === 0

export default {
  criterion: 'load.degradation',
  offers: async (idle, { now, database }) => {
    workers.note(idle, now)
    const waiting = await waitingTasks(database, now)
    longSince = waiting < Math.max(fewTasks, beginsAt * workers.size) ? null : (longSince ?? now)
    if (longSince !== null && now - longSince > standsForMs) collapsed = true
    if (waiting < Math.max(fewTasks / 2, endsAt * workers.size)) collapsed = false
    return collapsed ? idle.filter(({ workerId }) => works(workerId)) : idle
  },
} satisfies Defect
