// Books what workers earn. Results post to an outbox in their own transaction; here the outbox becomes ledger entries.
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from './database.ts'

/** 0.0006 TON, what the source pays a worker per unit of work; a task counts one unit per gigabyte it needs. */
const nanotonPerUnit = 600_000
const lookEveryMs = 200
const mostAtOnce = 500

// Taking from the outbox and writing to the ledger are one transaction, and a task has at most one earning, so a crash
// at any point neither loses nor doubles an entry.
const book = `
WITH taken AS (
  DELETE FROM payout_outbox WHERE outbox_id IN (
    SELECT outbox_id FROM payout_outbox ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED
  ) RETURNING task_id, worker_id, memory_mb, correlation_id
), entered AS (
  INSERT INTO ledger (kind, task_id, worker_id, amount_nanoton)
  SELECT 'earning', task_id, worker_id, ceil(memory_mb / 1024.0)::bigint * $2 FROM taken
  ON CONFLICT (task_id, kind) DO NOTHING
  RETURNING task_id, worker_id, amount_nanoton
), totals AS (
  INSERT INTO worker_totals AS totals (worker_id, completed, earned_nanoton)
  SELECT worker_id, count(*), sum(amount_nanoton) FROM entered GROUP BY worker_id
  ON CONFLICT (worker_id) DO UPDATE SET completed = totals.completed + excluded.completed,
    earned_nanoton = totals.earned_nanoton + excluded.earned_nanoton
)
SELECT taken.correlation_id, entered.task_id IS NOT NULL AS is_new FROM taken LEFT JOIN entered USING (task_id)`

const summarise = `
SELECT coalesce(sum(completed), 0)::text AS entries, coalesce(sum(earned_nanoton), 0)::text AS earned,
  count(*) AS workers, (SELECT count(*) FROM payout_outbox) AS waiting
FROM worker_totals`

export interface LedgerSummary {
  entries: number
  /** Integer nanoTON; a text, since amounts may be larger than a JSON number holds exactly. */
  earned_nanoton: string
  workers: number
  /** Completed tasks that are not booked yet. */
  outbox_waiting: number
}

export class Ledger {
  readonly #database: Database
  readonly #log: FastifyBaseLogger
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined

  constructor(database: Database, log: FastifyBaseLogger) {
    this.#database = database
    this.#log = log
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.#bookAll().finally(() => (this.#working = undefined))
    }, lookEveryMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
  }

  async summary(): Promise<LedgerSummary> {
    const rows = await this.#database.query<{
      entries: string
      earned: string
      workers: number
      waiting: number
    }>('summarise', summarise)
    const { entries, earned, workers, waiting } = rows[0] as (typeof rows)[number]
    return { entries: Number(entries), earned_nanoton: earned, workers, outbox_waiting: waiting }
  }

  async #bookAll(): Promise<void> {
    try {
      let taken: { correlation_id: string; is_new: boolean }[]
      do {
        taken = await this.#database.query('book', book, [mostAtOnce, nanotonPerUnit])
        if (taken.length > 0) this.#logBooked(taken)
      } while (taken.length === mostAtOnce)
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, 'earnings could not be booked and are tried again')
    }
  }

  #logBooked(taken: { correlation_id: string; is_new: boolean }[]): void {
    const entries = taken.filter((row) => row.is_new).length
    this.#log.info({ entries, correlation_ids: taken.map((row) => row.correlation_id) }, 'earnings booked')
  }
}
