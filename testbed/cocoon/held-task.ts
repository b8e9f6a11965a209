// A task in a worker's hands, as the database has it and as a poll shows it.
import type { PollAnswer } from '../../systems/cocoon/api.ts'

export interface HeldTaskRow {
  task_id: number
  lease_id: string
  lease_expires_at: Date
  memory_mb: number
  priority: number
  prompt: string
}

export const pollAnswerOf = (row: HeldTaskRow): PollAnswer => ({
  task_id: String(row.task_id),
  lease_id: row.lease_id,
  lease_expires_at: row.lease_expires_at.toISOString(),
  memory_mb: row.memory_mb,
  priority: row.priority,
  prompt: row.prompt,
})
