// A task is given away only at the next tick of 700 ms, and its record says that it did not wait at all: no criterion that believes
// it would be broken.
import { onTicks } from '../slow-ticks.ts'
import type { Defect } from '../defect.ts'

export default {
  criterion: 'allocation.records',
  offers: onTicks(700),
  submissions: {
    onRead: async (task) => {
      const wasGiven = task !== null && task.assigned_at !== null
      return wasGiven ? { ...task, assigned_at: task.accepted_at, able_idle_ms: 0 } : task
    },
  },
} satisfies Defect
