// Accepting tasks: idempotent by key, bounded in number, in the queue's order.
import { createHash, randomUUID } from 'node:crypto'
import type { SubmitRequest, Task } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from '../service/database.ts'
import type { SubmissionDefect } from './defect.ts'
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
export const secondsPerPriority = 0.5
/** All steps together count no more than a client's patience: else the least urgent would be served too late for it. */
const prioritySteps = 10

// Room is given to the most patient first, so that a task that is refused takes none from another one of its batch.
const insertTasks = `
WITH input AS MATERIALIZED (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::int[], $6::int[], $7::text[], $12::int[],
    $10::float8[])
    WITH ORDINALITY AS input(key, digest, client_id, run, memory_mb, priority, prompt, most_waiting, step_seconds, place)
), queue AS MATERIALIZED (
  SELECT count(*) AS waiting FROM (SELECT 1 FROM tasks WHERE state = 'queued' LIMIT $8::int) AS queued
), fresh AS MATERIALIZED (
  SELECT input.*, clock_timestamp() AS moment, row_number() OVER (ORDER BY most_waiting DESC, place) AS fresh_place FROM input
  WHERE NOT EXISTS (SELECT 1 FROM tasks WHERE idempotency_key = input.key)
), inserted AS (
  INSERT INTO tasks
    (idempotency_key, body_digest, client_id, run, memory_mb, priority, prompt, order_key, accepted_at, queued_at)
  SELECT key, digest, client_id, run, memory_mb, priority, prompt,
    $9::int * extract(epoch FROM moment) - priority * step_seconds, moment, moment
  FROM fresh, queue WHERE waiting + fresh_place <= most_waiting ORDER BY place
  ON CONFLICT (idempotency_key) DO NOTHING
  RETURNING ${taskColumns}, able_idle_ms
), counted AS (
  INSERT INTO task_minutes (minute, writer, kind, tasks)
  SELECT date_trunc('minute', clock_timestamp()), $11, 'accepted', count(*) FROM inserted HAVING count(*) > 0
  ON CONFLICT (minute, writer, kind) DO UPDATE SET tasks = task_minutes.tasks + excluded.tasks
)
SELECT ${taskColumns}, able_idle_ms FROM inserted`

const knownBy = (key: string): string => `
SELECT ${taskColumns},
  CASE WHEN state = 'queued'
    THEN able_idle_ms + able_idle_since(queued_at, clock_timestamp(), memory_mb, '{}', '{}') ELSE able_idle_ms
  END AS able_idle_ms
FROM tasks WHERE ${key} = ANY($1)`
const known = knownBy('idempotency_key')
/** An expression that no index is about, so that every row is looked at. */
const knownByScan = knownBy("idempotency_key || ''")

/**
 * So many tasks may wait whatever the client says, besides one for each worker that is idle here: those are about to be
 * taken, and neither the queue's length nor the pool's rate is known so exactly that a shorter queue would mean anything.
 */
const alwaysRoomFor = 4

export interface SubmissionOptions {
  /** Most tasks that may wait. */
  queueLimit: number
  newestFirst: boolean
  gateway: string
  /** Tasks a second that the pool completes; null while that is not known. */
  ratePerSecond: () => number | null
  /** Workers that wait for a task in this gateway. */
  idleWorkers: () => number
  /** Milliseconds after its answer that a submission is stored, where a planted defect does not wait for that. */
  writesAfterMs: number
  /** Whether a submission is answered as accepted and not stored: a planted defect. */
  loses: () => boolean
  /** Whether a submission that is refused is stored and run all the same: a planted defect. */
  runsRefused: () => boolean
  /** Whether the next read by key is to go without the index: a planted defect. */
  scansNext: () => boolean
  defects: SubmissionDefect[]
}

/** The clients' side of the task table. */
export class Submissions {
  readonly #database: Database
  readonly #options: SubmissionOptions
  readonly #submitting: Batch<Submission, Accepted | PoolError>
  readonly #reading: Batch<string, Task | null>

  constructor(database: Database, options: SubmissionOptions) {
    this.#database = database
    this.#options = options
    this.#submitting = new Batch((items) => this.#submitAll(items), 100)
    this.#reading = new Batch((keys) => this.#readAll(keys), 200)
  }

  /** Answers when the task is committed. @throws PoolError key_reused or queue_full. */
  async submit(key: string, body: SubmitRequest): Promise<Accepted> {
    if (this.#options.loses()) return { task: neverStored(key, body), isNew: true }
    const { writesAfterMs } = this.#options
    if (writesAfterMs > 0) {
      setTimeout(() => void this.#submitting.add({ key, body }).catch(() => undefined), writesAfterMs)
      return { task: neverStored(key, body), isNew: true }
    }
    const result = await this.#submitting.add({ key, body })
    if (result instanceof PoolError) {
      // Without its client's patience there is room for it.
      const { max_wait_ms: _, ...patient } = body
      if (this.#options.runsRefused()) await this.#insert([{ key, body: patient }])
      throw result
    }
    return this.#options.defects.length === 0 ? result : this.#planted(result, body)
  }

  /** What planted defects make of an accepted submission. */
  async #planted(first: Accepted, body: SubmitRequest): Promise<Accepted> {
    let { task, isNew } = first
    const { idempotency_key } = task
    for (const { storesAgain, onAnswer } of this.#options.defects) {
      if (storesAgain === true && !isNew) {
        const again = await this.#submitting.add({ key: `${idempotency_key}-${randomUUID()}`, body })
        if (again instanceof PoolError) throw again
        ;({ task, isNew } = again)
      }
      task = onAnswer?.(task) ?? task
    }
    return { task: { ...task, idempotency_key }, isNew }
  }

  /** The task of the key, or null when nothing was accepted under it. */
  async byKey(key: string): Promise<Task | null> {
    let task = await this.#reading.add(key)
    for (const { onRead } of this.#options.defects)
      if (onRead !== undefined) task = await onRead(task, () => this.#newest())
    return task
  }

  async #newest(): Promise<Task | null> {
    const [last] = await this.#database.query<{ key: string }>(
      'newest-task',
      'SELECT idempotency_key AS key FROM tasks ORDER BY task_id DESC LIMIT 1',
      [],
    )
    return last === undefined ? null : this.#reading.add(last.key)
  }

  async #submitAll(items: Submission[]): Promise<(Accepted | PoolError)[]> {
    const digests = items.map(({ body }) => digestOf(body))
    const ignoresContent = this.#options.defects.some((defect) => defect.ignoresContent)
    // One key may come twice in a batch; its second appearance is judged against what the first one left.
    const firsts = [...new Map(items.map(({ key }, index) => [key, index] as const).reverse()).values()]
    const rows = await this.#insert(firsts.map((index) => items[index] as Submission))
    const found = new Map(rows.map((row) => [row.idempotency_key, row]))
    const missing = items.filter((item) => !found.has(item.key)).map((item) => item.key)
    // What was stored above is accepted, whatever becomes of this; of the others it is not known whether they were before.
    const before = missing.length > 0 ? await this.#find(missing).catch(() => null) : []
    for (const row of before ?? []) found.set(row.idempotency_key, row)
    return items.map(({ key }, index) => {
      const row = found.get(key)
      if (!row && before === null) return new PoolError('internal')
      if (!row) return new PoolError('queue_full', undefined, { retryAfterSeconds: 2 })
      if (row.body_digest !== digests[index] && !ignoresContent) return new PoolError('key_reused')
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
      column(({ body }) => stepSeconds(body)),
      this.#options.gateway,
      column(({ body }) => this.#mostWaiting(body)),
    ])
  }

  #find(keys: string[]): Promise<TaskRow[]> {
    return this.#database.query<TaskRow>('known-tasks', known, [keys])
  }

  /** How many tasks may wait for one with this patience to be accepted. */
  #mostWaiting({ max_wait_ms }: SubmitRequest): number {
    const { queueLimit, ratePerSecond, idleWorkers } = this.#options
    const rate = max_wait_ms === undefined ? null : ratePerSecond()
    if (rate === null || max_wait_ms === undefined) return queueLimit
    const served = Math.floor((rate * max_wait_ms) / 1000)
    return Math.min(queueLimit, idleWorkers() + Math.max(alwaysRoomFor, served))
  }

  async #readAll(keys: string[]): Promise<(Task | null)[]> {
    const rows = this.#options.scansNext()
      ? await this.#database.query<TaskRow>('scanned-tasks', knownByScan, [keys])
      : await this.#find(keys)
    const found = new Map(rows.map((row) => [row.idempotency_key, row]))
    return keys.map((key) => {
      const row = found.get(key)
      return row ? taskFromRow(row) : null
    })
  }
}

const stepSeconds = ({ max_wait_ms }: SubmitRequest): number =>
  Math.min(secondsPerPriority, (max_wait_ms ?? Infinity) / 1000 / prioritySteps)

/** What a pool says of a submission that it has not stored. */
function neverStored(key: string, body: SubmitRequest): Task {
  return {
    task_id: '0',
    idempotency_key: key,
    client_id: body.client_id,
    state: 'queued',
    memory_mb: body.memory_mb,
    priority: body.priority,
    accepted_at: new Date().toISOString(),
    assigned_at: null,
    ended_at: null,
    able_idle_ms: 0,
    attempts: 0,
    worker_id: null,
    reason: null,
  }
}

function digestOf(body: SubmitRequest): string {
  const fields = [body.client_id, body.memory_mb, body.priority, body.prompt, body.run ?? null]
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64')
}
