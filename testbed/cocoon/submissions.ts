// Accepting tasks: idempotent by key, bounded in number, in the queue's order.
import { createHash } from 'node:crypto'
import type { SubmitRequest, Task } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from './database.ts'
import { PoolError } from './errors.ts'
import { taskColumns, taskFromRow, type TaskRow } from './task-rows.ts'

/** The task of a key, and whether this very submission made it. */
export interface Accepted {
  task: Task
  isNew: boolean
}

export interface Submission {
  key: string
  body: SubmitRequest
}

/** One step of priority counts as much as this much waiting, so that no priority can starve another. */
const secondsPerPriority = 0.5

const insertTasks = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[])
    WITH ORDINALITY AS input(key, digest, client_id, run, memory_mb, priority, prompt, place)
), room AS MATERIALIZED (
  SELECT $8::int - count(*) AS places FROM (SELECT 1 FROM tasks WHERE state = 'queued' LIMIT $8::int) AS waiting
), fresh AS MATERIALIZED (
  SELECT input.*, clock_timestamp() AS moment, row_number() OVER (ORDER BY place) AS fresh_place FROM input
  WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE idempotency_key = input.key)
), inserted AS (
  INSERT INTO tasks
    (idempotency_key, body_digest, client_id, run, memory_mb, priority, prompt, order_key, accepted_at, queued_at)
  SELECT key, digest, client_id, run, memory_mb, priority, prompt,
    $9::int * extract(epoch FROM moment) - priority * $10::float8, moment, moment
  FROM fresh, room WHERE fresh_place <= places ORDER BY place
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING ${taskColumns}, able_idle_ms
), counted AS (
  INSERT INTO task_minutes (minute, writer, kind, tasks)
  SELECT date_trunc('minute', clock_timestamp()), $11, 'accepted', count(*) FROM inserted HAVING count(*) > 0
  ON CONFLICT (minute, writer, kind) DO UPDATE SET tasks = task_minutes.tasks + excluded.tasks
)
SELECT ${taskColumns}, able_idle_ms FROM inserted`

const known = `
SELECT ${taskColumns},
  CASE WHEN state = 'queued'
    THEN able_idle_ms + able_idle_since(queued_at, clock_timestamp(), memory_mb, '{}', '{}') ELSE able_idle_ms
  END AS able_idle_ms
FROM tasks WHERE idempotency_key = ANY($1)`

/** The clients' side of the task table. */
export class Submissions {
  readonly #database: Database
  readonly #options: { queueLimit: number; newestFirst: boolean; gateway: string }
  readonly #submitting: Batch<Submission, Accepted | PoolError>
  readonly #reading: Batch<string, Task | null>

  constructor(database: Database, options: { queueLimit: number; newestFirst: boolean; gateway: string }) {
    this.#database = database
    this.#options = options
    this.#submitting = new Batch((items) => this.#submitAll(items), 100)
    this.#reading = new Batch((keys) => this.#readAll(keys), 200)
  }

  /** Answers when the task is committed. @throws PoolError key_reused or queue_full. */
  async submit(key: string, body: SubmitRequest): Promise<Accepted> {
    const result = await this.#submitting.add({ key, body })
    if (result instanceof PoolError) throw result
    return result
  }

  /** The task of the key, or null when nothing was accepted under it. */
  byKey(key: string): Promise<Task | null> {
    return this.#reading.add(key)
  }

  async #submitAll(items: Submission[]): Promise<(Accepted | PoolError)[]> {
    const digests = items.map(({ body }) => digestOf(body))
    // One key may come twice in a batch; its second appearance is judged against what the first one left.
    const firsts = [...new Map(items.map(({ key }, index) => [key, index] as const).reverse()).values()]
    const rows = await this.#insert(firsts.map((index) => items[index] as Submission))
    const found = new Map(rows.map((row) => [row.idempotency_key, row]))
    const missing = items.filter((item) => !found.has(item.key)).map((item) => item.key)
    for (const row of missing.length > 0 ? await this.#known(missing) : [])
      found.set(row.idempotency_key, row)
    return items.map(({ key }, index) => {
      const row = found.get(key)
      if (!row) return new PoolError('queue_full', undefined, { retryAfterSeconds: 2 })
      if (row.body_digest !== digests[index]) return new PoolError('key_reused')
      return { task: taskFromRow(row), isNew: rows.includes(row) && firsts.includes(index) }
    })
  }

  #insert(items: Submission[]): Promise<TaskRow[]> {
    const column = <Value>(pick: (item: Submission) => Value) => items.map(pick)
    return this.#database.query<TaskRow>('insert-tasks', insertTasks, [
      column(({ key }) => key),
      column(({ body }) => digestOf(body)),
      column(({ body }) => body.client_id),
      column(({ body }) => body.run ?? null),
      column(({ body }) => body.memory_mb),
      column(({ body }) => body.priority),
      column(({ body }) => body.prompt),
      this.#options.queueLimit,
      this.#options.newestFirst ? -1 : 1,
      secondsPerPriority,
      this.#options.gateway,
    ])
  }

  #known(keys: string[]): Promise<TaskRow[]> {
    return this.#database.query<TaskRow>('known-tasks', known, [keys])
  }

  async #readAll(keys: string[]): Promise<(Task | null)[]> {
    const found = new Map((await this.#known(keys)).map((row) => [row.idempotency_key, row]))
    return keys.map((key) => {
      const row = found.get(key)
      return row ? taskFromRow(row) : null
    })
  }
}

function digestOf(body: SubmitRequest): string {
  const fields = [body.client_id, body.memory_mb, body.priority, body.prompt, body.run ?? null]
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64')
}
