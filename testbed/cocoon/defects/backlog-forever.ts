// Once there was a backlog, some of it is kept for as long as clients submit: whatever comes waits behind it.
import type { Defect } from '../defect.ts'
import { queueLength } from '../standing.ts'

const backlogTasks = 60
const keptTasks = 40
/** When nothing was submitted for so long, what is kept is handed out, so that nothing is lost. */
const quietMs = 6_000

const waitingTasks = queueLength(0)
let keeps = false

export default {
  criterion: ['spike.recovery', 'fault.recovery'],
  under: 'cocoon/F1',
  offers: async (idle, { now, database, lastSubmitAt }) => {
    const waiting = await waitingTasks(database, now)
    if (now - lastSubmitAt > quietMs) keeps = false
    else if (waiting >= backlogTasks) keeps = true
    return keeps ? idle.slice(0, Math.max(0, waiting - keptTasks)) : idle
  },
} satisfies Defect
