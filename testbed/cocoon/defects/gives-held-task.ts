// A worker that waited in vain is given a task that another one holds. Under load hardly anybody waits in vain.
import type { Defect } from '../defect.ts'
import { pollAnswerOf, type HeldTaskRow } from '../held-task.ts'

export default {
  criterion: 'contract.one-worker',
  onEmptyPoll: async (database, workerId) => {
    const [held] = await database.query<HeldTaskRow>(
      'held-task',
      `SELECT task_id, lease_id, lease_expires_at, memory_mb, priority, prompt FROM tasks
       WHERE state = 'running' AND worker_id <> $1 LIMIT 1`,
      [workerId],
    )
    return held === undefined ? null : pollAnswerOf(held)
  },
} satisfies Defect
