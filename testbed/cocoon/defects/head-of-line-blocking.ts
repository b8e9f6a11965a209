// A task of eight gigabytes at the head of the queue is kept for a better worker, and everything behind it waits too
// although able workers are idle.
import type { Defect } from '../defect.ts'

const largeMb = 8_192
const keptForMs = 2_500

const head = `
SELECT memory_mb, extract(epoch FROM clock_timestamp() - queued_at) * 1000 AS waited_ms
FROM tasks WHERE state = 'queued' ORDER BY order_key, task_id LIMIT 1`

export default {
  criterion: 'allocation.queue',
  offers: async (idle, { database }) => {
    if (idle.length === 0) return idle
    const [task] = await database.query<{ memory_mb: number; waited_ms: number }>('defect-head', head)
    const isLarge = task !== undefined && task.memory_mb >= largeMb
    if (isLarge && Number(task.waited_ms) < keptForMs) return []
    // One at a time, so that a large task that comes to the head next is noticed.
    const first = idle.slice(0, 1)
    // A large task that is accepted after this look is not to be taken in the same round.
    return isLarge
      ? first
      : first.map((worker) => ({ ...worker, memoryMb: Math.min(worker.memoryMb, largeMb - 1) }))
  },
} satisfies Defect
