// What has ended is forgotten after a quarter of a minute: whoever looks until a task has ended, and no longer, sees nothing of it.
import type { Defect } from '../defect.ts'

const keptMs = 15_000

export default {
  criterion: 'spike.nothing-lost',
  submissions: {
    async onRead(task) {
      const hasEnded = task !== null && task.ended_at !== null
      return hasEnded && Date.now() - Date.parse(task.ended_at!) > keptMs ? null : task
    },
  },
} satisfies Defect
