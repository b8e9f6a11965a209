// The task table's rows, and the contract's task made from one.
import type { Task } from '../../systems/cocoon/api.ts'

/** All columns of a TaskRow but able_idle_ms, which a waiting task has to work out. */
export const taskColumns =
  'task_id, idempotency_key, body_digest, client_id, state, memory_mb, priority, accepted_at, assigned_at, ended_at, ' +
  'attempts, worker_id, reason'

export interface TaskRow {
  task_id: number
  idempotency_key: string
  body_digest: string
  client_id: string
  state: Task['state']
  memory_mb: number
  priority: number
  accepted_at: Date
  assigned_at: Date | null
  ended_at: Date | null
  attempts: number
  worker_id: string | null
  reason: string | null
  able_idle_ms: number
}

export function taskFromRow(row: TaskRow): Task {
  return {
    task_id: String(row.task_id),
    idempotency_key: row.idempotency_key,
    client_id: row.client_id,
    state: row.state,
    memory_mb: row.memory_mb,
    priority: row.priority,
    accepted_at: row.accepted_at.toISOString(),
    assigned_at: row.assigned_at?.toISOString() ?? null,
    ended_at: row.ended_at?.toISOString() ?? null,
    able_idle_ms: Math.round(row.able_idle_ms),
    attempts: row.attempts,
    worker_id: row.worker_id,
    reason: row.reason,
  }
}
