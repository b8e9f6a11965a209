// Taking results, and taking tasks back from workers that lost or left them.
import type { ResultAnswer } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from '../service/database.ts'
import { PoolError } from './errors.ts'

export interface Result {
  taskId: string
  leaseId: string
  workerId: string
  output: string
  correlationId: string
}

/** A task that was given away so often without a result is given up. */
const mostAttempts = 10

// The outbox row is written in the same transaction as the result: the payout service sees a task completed exactly
// when the worker was told so.
const completeTasks = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[])
    AS input(task_id, lease_id, worker_id, output, correlation_id)
), held AS MATERIALIZED (
  SELECT task_id, tasks.state, tasks.lease_id, tasks.worker_id, tasks.memory_mb FROM tasks
  WHERE task_id = ANY($1) ORDER BY task_id FOR UPDATE
), done AS (
  UPDATE tasks SET state = 'completed', ended_at = clock_timestamp(), output = input.output, lease_expires_at = NULL
  FROM input JOIN held USING (task_id)
  WHERE tasks.task_id = input.task_id AND held.state = 'running' AND held.lease_id = input.lease_id
    AND held.worker_id = input.worker_id
  RETURNING tasks.task_id, tasks.worker_id, tasks.memory_mb, input.correlation_id,
    extract(epoch FROM tasks.assigned_at - tasks.accepted_at) * 1000 AS wait_ms
), posted AS (
  INSERT INTO payout_outbox (task_id, worker_id, memory_mb, correlation_id)
  SELECT task_id, worker_id, memory_mb, correlation_id FROM done
), counted AS (
  INSERT INTO task_minutes (minute, writer, kind, tasks, wait_ms)
  SELECT date_trunc('minute', clock_timestamp()), $6, 'completed', count(*), sum(wait_ms) FROM done HAVING count(*) > 0
  ON CONFLICT (minute, writer, kind)
  DO UPDATE SET tasks = task_minutes.tasks + excluded.tasks, wait_ms = task_minutes.wait_ms + excluded.wait_ms
)
SELECT held.task_id, held.worker_id, held.lease_id, held.state, done.task_id IS NOT NULL AS done
FROM held LEFT JOIN done USING (task_id)`

interface HeldRow {
  task_id: number
  worker_id: string | null
  lease_id: string | null
  state: string
  done: boolean
}

// Only a lease that has not brought a result is taken back; the task keeps its place in the queue.
const takeBack = `
state = CASE WHEN attempts >= ${mostAttempts} THEN 'failed' ELSE 'queued' END,
ended_at = CASE WHEN attempts >= ${mostAttempts} THEN clock_timestamp() END,
reason = CASE WHEN attempts >= ${mostAttempts} THEN 'no worker brought a result in ${mostAttempts} attempts' END,
queued_at = clock_timestamp(), worker_id = NULL, lease_id = NULL, lease_expires_at = NULL`

const countFailed = `
INSERT INTO task_minutes (minute, writer, kind, tasks)
SELECT date_trunc('minute', clock_timestamp()), $1, 'failed', count(*) FROM taken WHERE state = 'failed' HAVING count(*) > 0
ON CONFLICT (minute, writer, kind) DO UPDATE SET tasks = task_minutes.tasks + excluded.tasks`

/** The workers' side of the task table, besides claiming. */
export class Results {
  readonly #database: Database
  readonly #gateway: string
  /** Milliseconds after its answer that a result is stored, where a planted defect does not wait for that. */
  readonly #writesAfterMs: number
  readonly #completing: Batch<Result, ResultAnswer | PoolError>

  constructor(database: Database, gateway: string, writesAfterMs: number) {
    this.#database = database
    this.#gateway = gateway
    this.#writesAfterMs = writesAfterMs
    this.#completing = new Batch((items) => this.#completeAll(items), 100)
  }

  /** Answers when the result is committed. @throws PoolError lease_lost or not_found. */
  async complete(result: Result): Promise<ResultAnswer> {
    if (!/^\d{1,15}$/.test(result.taskId)) throw new PoolError('not_found', 'no such task')
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(result.leaseId)) throw new PoolError('lease_lost')
    if (this.#writesAfterMs > 0) {
      setTimeout(() => void this.#completing.add(result).catch(() => undefined), this.#writesAfterMs)
      return { task_id: result.taskId, state: 'completed', duplicate: false }
    }
    const answer = await this.#completing.add(result)
    if (answer instanceof PoolError) throw answer
    return answer
  }

  async #completeAll(items: Result[]): Promise<(ResultAnswer | PoolError)[]> {
    // Of two copies of one result in a batch only the first is sent; the second is a duplicate by definition.
    const firsts = [
      ...new Map([...items].reverse().map((item) => [`${item.taskId} ${item.leaseId}`, item])).values(),
    ]
    const column = <Value>(pick: (item: Result) => Value) => firsts.map(pick)
    const rows = await this.#database.query<HeldRow>('complete-tasks', completeTasks, [
      column((item) => item.taskId),
      column((item) => item.leaseId),
      column((item) => item.workerId),
      column((item) => item.output),
      column((item) => item.correlationId),
      this.#gateway,
    ])
    const held = new Map(rows.map((row) => [String(row.task_id), row]))
    return items.map((item) => {
      const row = held.get(item.taskId)
      if (!row) return new PoolError('not_found', 'no such task')
      if (row.lease_id !== item.leaseId || row.worker_id !== item.workerId) return new PoolError('lease_lost')
      const duplicate = !row.done || !firsts.includes(item)
      return { task_id: item.taskId, state: 'completed', duplicate }
    })
  }

  /** Puts back every task whose lease has ended; answers how many are waiting again. */
  async takeBackExpired(): Promise<number> {
    return this.#takeBack(
      'take-back-expired',
      `SELECT task_id FROM tasks WHERE state = 'running' AND lease_expires_at < clock_timestamp()
       ORDER BY lease_expires_at LIMIT 500 FOR UPDATE SKIP LOCKED`,
    )
  }

  /** Puts back what the worker holds. */
  async takeBackFrom(workerId: string): Promise<number> {
    return this.#takeBack(
      'take-back-from-worker',
      `SELECT task_id FROM tasks WHERE state = 'running' AND worker_id = $2 ORDER BY task_id FOR UPDATE`,
      workerId,
    )
  }

  /** Undoes an assignment that never reached its worker. */
  async undo(taskId: string, leaseId: string): Promise<void> {
    await this.#database.query(
      'undo-assignment',
      `UPDATE tasks SET state = 'queued', attempts = attempts - 1, worker_id = NULL, lease_id = NULL,
         lease_expires_at = NULL, queued_at = clock_timestamp(),
         assigned_at = CASE WHEN attempts > 1 THEN assigned_at END
       WHERE task_id = $1 AND lease_id = $2 AND state = 'running'`,
      [taskId, leaseId],
    )
  }

  async #takeBack(name: string, which: string, ...more: unknown[]): Promise<number> {
    const [row] = await this.#database.query<{ waiting: number }>(
      name,
      `WITH due AS MATERIALIZED (${which}), taken AS (
         UPDATE tasks SET ${takeBack} FROM due WHERE tasks.task_id = due.task_id RETURNING tasks.state
       ), counted AS (${countFailed})
       SELECT count(*) FILTER (WHERE state = 'queued') AS waiting FROM taken`,
      [this.#gateway, ...more],
    )
    return row?.waiting ?? 0
  }
}
