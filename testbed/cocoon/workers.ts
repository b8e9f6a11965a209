// Who works for the pool: registration, tokens, presence, leaving.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { FastifyBaseLogger } from 'fastify'
import type { RegisterRequest } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from '../service/database.ts'

const workersChannel = 'assay_cocoon_workers'

interface KnownWorker {
  memoryMb: number
  /** Monotonic ms at which its presence was last written to the database by this gateway. */
  writtenAt: number
}

const insertWorkers = `
INSERT INTO workers (worker_id, name, gpu_model, memory_mb, run, account, threshold_nanoton)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::bigint[])`

// A row that somebody else is writing is being refreshed anyway; skipping it keeps two gateways from waiting in a ring.
const writePresence = `
WITH seen AS (
  SELECT worker_id FROM workers WHERE worker_id = ANY($1) AND left_at IS NULL FOR UPDATE SKIP LOCKED
)
UPDATE workers SET last_seen_at = clock_timestamp() FROM seen WHERE workers.worker_id = seen.worker_id`

/** A worker's token names the worker and proves it, so that no gateway needs the database to check one. */
export class WorkerTokens {
  readonly #secret: string

  constructor(secret: string) {
    this.#secret = secret
  }

  issue(workerId: string): string {
    return `${workerId}.${createHmac('sha256', this.#secret).update(workerId).digest('base64url')}`
  }

  /** The worker that the token proves, or null. */
  workerOf(token: string): string | null {
    const workerId = token.slice(0, Math.max(0, token.indexOf('.')))
    const expected = Buffer.from(this.issue(workerId))
    const given = Buffer.from(token)
    return given.length === expected.length && timingSafeEqual(given, expected) ? workerId : null
  }
}

export class Workers {
  readonly #database: Database
  readonly #heartbeatMs: number
  readonly #log: FastifyBaseLogger
  readonly #known = new Map<string, KnownWorker>()
  readonly #registering: Batch<{ workerId: string; body: RegisterRequest }, void>
  readonly #finding: Batch<string, number | null>
  #seen = new Set<string>()

  constructor(database: Database, heartbeatMs: number, log: FastifyBaseLogger) {
    this.#database = database
    this.#heartbeatMs = heartbeatMs
    this.#log = log
    this.#registering = new Batch((items) => this.#insertAll(items), 100)
    this.#finding = new Batch((workerIds) => this.#findAll(workerIds), 200)
    // null says that notifications may have been missed: whoever left meanwhile has to be looked up again.
    database.listen(workersChannel, (left) =>
      left === null ? this.#known.clear() : this.#known.delete(left),
    )
  }

  async register(body: RegisterRequest): Promise<string> {
    const workerId = `w${randomBytes(9).toString('hex')}`
    await this.#registering.add({ workerId, body })
    this.#known.set(workerId, { memoryMb: body.memory_mb, writtenAt: performance.now() })
    return workerId
  }

  /** The memory of a worker that is here, noting that it was heard of; null when it is unknown or has left. */
  async present(workerId: string): Promise<number | null> {
    let worker = this.#known.get(workerId)
    if (!worker) {
      const memoryMb = await this.#finding.add(workerId)
      if (memoryMb === null) return null
      worker = { memoryMb, writtenAt: 0 }
      this.#known.set(workerId, worker)
    }
    this.#seen.add(workerId)
    return worker.memoryMb
  }

  /** True when the worker was here; the other gateways are told. */
  async leave(workerId: string): Promise<boolean> {
    const rows = await this.#database.query(
      'leave',
      `UPDATE workers SET left_at = clock_timestamp() WHERE worker_id = $1 AND left_at IS NULL
       RETURNING pg_notify('${workersChannel}', worker_id)`,
      [workerId],
    )
    this.#known.delete(workerId)
    this.#seen.delete(workerId)
    return rows.length > 0
  }

  /** Writes who was heard of since the last call; those in a poll only as often as a heartbeat would come. */
  async flushPresence(polling: Iterable<string>): Promise<void> {
    const now = performance.now()
    const due = new Set<string>()
    for (const workerId of this.#seen) if (this.#isDue(workerId, now)) due.add(workerId)
    for (const workerId of polling) if (this.#isDue(workerId, now)) due.add(workerId)
    this.#seen = new Set()
    if (due.size === 0) return
    for (const workerId of due) {
      const worker = this.#known.get(workerId)
      if (worker) worker.writtenAt = now
    }
    try {
      await this.#database.queryLazily('write-presence', writePresence, [[...due]])
    } catch (error) {
      for (const workerId of due) this.#seen.add(workerId)
      this.#log.warn(
        { reason: (error as Error).message },
        'heartbeats could not be written and are tried again',
      )
    }
  }

  #isDue(workerId: string, now: number): boolean {
    const worker = this.#known.get(workerId)
    return worker !== undefined && now - worker.writtenAt > this.#heartbeatMs / 2
  }

  async #insertAll(items: { workerId: string; body: RegisterRequest }[]): Promise<void[]> {
    const column = <Value>(pick: (item: { workerId: string; body: RegisterRequest }) => Value) =>
      items.map(pick)
    await this.#database.query('insert-workers', insertWorkers, [
      column((item) => item.workerId),
      column((item) => item.body.name),
      column((item) => item.body.gpu_model),
      column((item) => item.body.memory_mb),
      column((item) => item.body.run ?? null),
      column((item) => item.body.payout_account ?? null),
      column((item) => item.body.payout_threshold_nanoton ?? null),
    ])
    return items.map(() => undefined)
  }

  async #findAll(workerIds: string[]): Promise<(number | null)[]> {
    const rows = await this.#database.query<{ worker_id: string; memory_mb: number }>(
      'find-workers',
      'SELECT worker_id, memory_mb FROM workers WHERE worker_id = ANY($1) AND left_at IS NULL',
      [workerIds],
    )
    const memories = new Map(rows.map((row) => [row.worker_id, row.memory_mb]))
    return workerIds.map((workerId) => memories.get(workerId) ?? null)
  }
}
