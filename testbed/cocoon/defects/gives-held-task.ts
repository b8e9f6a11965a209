// A worker that waited in vain is given a task that another one holds. Under load hardly anybody waits in vain.
import type { Defect } from '../defect.ts'

interface HeldRow {
  task_id: number
  lease_id: string
  lease_expires_at: Date
  memory_mb: number
  priority: number
  prompt: string
}

export default {
  criterion: 'contract.one-worker',
  onEmptyPoll: async (database, workerId) => {
    const [held] = await database.query<HeldRow>(
      'held-task',
      `SELECT task_id, lease_id, lease_expires_at, memory_mb, priority, prompt FROM tasks
       WHERE state = 'running' AND worker_id <> $1 LIMIT 1`,
      [workerId],
    )
    if (held === undefined) return null
    const { task_id, lease_expires_at, ...same } = held
    return { task_id: String(task_id), lease_expires_at: lease_expires_at.toISOString(), ...same }
  },
} satisfies Defect
