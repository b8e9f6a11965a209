// What the contract of api.ts promises of single requests. Evaluated by the first requests alone.
import type { Task } from '../api.ts'
import type { PoolChecks } from '../pool.ts'

export const checks: PoolChecks = {
  record: (json) => {
    const { task_id, idempotency_key, accepted_at, client_id, memory_mb, priority } = json as Task
    return {
      taskId: task_id,
      key: idempotency_key,
      acceptedAt: accepted_at,
      content: `client ${client_id}, ${memory_mb} MB, priority ${priority}`,
    }
  },
  sameKey: true,
  // key_reused, unauthorized and forbidden in the error table of api.ts, which would bring its schemas with it.
  reusedKey: [409],
  wrongToken: [401, 403],
  ownRecord: true,
  times: true,
  oneWorker: true,
  figures: true,
}
