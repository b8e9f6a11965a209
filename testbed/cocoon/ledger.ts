// Books what workers earn. Results post to an outbox in their own transaction; here the outbox becomes ledger entries.
import type { FastifyBaseLogger } from 'fastify'
import type { LedgerSums } from '../../systems/cocoon/api.ts'
import type { Database } from '../service/database.ts'
import type { Defect } from './defect.ts'

const lookEveryMs = 200
const mostAtOnce = 500

/** How earnings are made of work. Amounts are integer nanoTON. */
export interface EarningTerms {
  /** A task counts one unit for each gigabyte that it needs, or part of one. */
  unitNanoton: number
  /** The operator's share in hundredths of a percent, rounded down: what is left of a nanoTON is the worker's. */
  feeBasisPoints: number
}

// Taking from the outbox and writing to the ledger are one transaction, and a task has at most one earning, so a crash
// at any point neither loses nor doubles an entry. What is earned without an account can be paid nowhere, whatever threshold
// was named.
const book = `
WITH taken AS (
  DELETE FROM payout_outbox WHERE outbox_id IN (
    SELECT outbox_id FROM payout_outbox ORDER BY outbox_id LIMIT $1 FOR UPDATE SKIP LOCKED
  ) RETURNING task_id, worker_id, ceil(memory_mb / 1024.0)::int AS units, correlation_id
), owed AS (
  SELECT task_id, worker_id, units, coalesce(account, worker_id) AS account, run,
    CASE WHEN account IS NOT NULL THEN threshold_nanoton END AS threshold_nanoton,
    units * $2::bigint AS gross, units * $2::bigint * $3::bigint / 10000 AS fee
  FROM taken JOIN workers USING (worker_id)
), entered AS (
  INSERT INTO earnings (task_id, worker_id, account, units, gross_nanoton, fee_nanoton)
  SELECT task_id, worker_id, account, units, gross, fee FROM owed
  ON CONFLICT (task_id) DO NOTHING
  RETURNING task_id, worker_id, account, gross_nanoton, fee_nanoton
), totals AS (
  INSERT INTO worker_totals AS totals (worker_id, completed)
  SELECT worker_id, count(*) FROM entered GROUP BY worker_id
  ON CONFLICT (worker_id) DO UPDATE SET completed = totals.completed + excluded.completed
), sums AS (
  INSERT INTO accounts AS sums (account, run, threshold_nanoton, completed, gross_nanoton, fee_nanoton)
  SELECT entered.account, max(owed.run), max(owed.threshold_nanoton), count(*), sum(entered.gross_nanoton),
    sum(entered.fee_nanoton)
  FROM entered JOIN owed USING (task_id) GROUP BY entered.account ORDER BY entered.account
  ON CONFLICT (account) DO UPDATE SET completed = sums.completed + excluded.completed,
    gross_nanoton = sums.gross_nanoton + excluded.gross_nanoton,
    fee_nanoton = sums.fee_nanoton + excluded.fee_nanoton
)
SELECT taken.task_id, taken.correlation_id, entered.task_id IS NOT NULL AS is_new
FROM taken LEFT JOIN entered USING (task_id)`

interface Booked {
  task_id: number
  correlation_id: string
  is_new: boolean
}

/** The sums of an account as columns of LedgerSums, over whatever rows of accounts a query names. */
export const sumColumns = `
coalesce(sum(gross_nanoton), 0)::text AS gross_nanoton, coalesce(sum(fee_nanoton), 0)::text AS fee_nanoton,
coalesce(sum(gross_nanoton - fee_nanoton - pending_nanoton - paid_nanoton), 0)::text AS available_nanoton,
coalesce(sum(pending_nanoton), 0)::text AS pending_nanoton, coalesce(sum(paid_nanoton), 0)::text AS paid_nanoton`

const summarise = `
SELECT ${sumColumns}, coalesce(sum(completed), 0)::bigint AS entries, count(*) AS accounts,
  (SELECT count(*) FROM payout_outbox JOIN workers USING (worker_id)
    WHERE $1::text IS NULL OR workers.run = $1) AS outbox_waiting
FROM accounts WHERE $1::text IS NULL OR run = $1`

type Sums = LedgerSums & { entries: number; accounts: number; outbox_waiting: number }

export class Ledger {
  readonly #database: Database
  readonly #terms: EarningTerms
  readonly #log: FastifyBaseLogger
  readonly #afterBooking: ((database: Database, taskIds: number[]) => Promise<void>)[]
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined

  constructor(database: Database, terms: EarningTerms, defects: Defect[], log: FastifyBaseLogger) {
    this.#database = database
    this.#terms = terms
    this.#log = log
    this.#afterBooking = defects.flatMap(({ payments }) => payments?.afterBooking ?? [])
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

  /** The sums of the accounts of one run, or of all, at one moment. */
  async summary(run: string | null): Promise<Sums> {
    const [sums] = await this.#database.query<Sums>('summarise', summarise, [run])
    return sums as Sums
  }

  async #bookAll(): Promise<void> {
    const { unitNanoton, feeBasisPoints } = this.#terms
    try {
      let taken: Booked[]
      do {
        taken = await this.#database.query('book', book, [mostAtOnce, unitNanoton, feeBasisPoints])
        if (taken.length > 0) this.#logBooked(taken)
        for (const after of this.#afterBooking)
          await after(
            this.#database,
            taken.map(({ task_id }) => task_id),
          )
      } while (taken.length === mostAtOnce)
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, 'earnings could not be booked and are tried again')
    }
  }

  #logBooked(taken: Booked[]): void {
    const entries = taken.filter((row) => row.is_new).length
    this.#log.info({ entries, correlation_ids: taken.map((row) => row.correlation_id) }, 'earnings booked')
  }
}
