// Pays what was accepted: puts payouts into batches, sends each batch as one message of the treasury's wallet until the
// chain shows it, and calls a payout confirmed when the chain shows its transfer deep enough.
import type { FastifyBaseLogger } from 'fastify'
import type { Database } from '../service/database.ts'
import type { Defect, PaymentDefect } from './defect.ts'
import type { Outcome, SignedMessage, Transfer, Treasury } from './treasury.ts'

/** A wallet takes 255 transfers in a message; fewer keep a message well below the largest that the chain takes. */
const mostPerBatch = 200
/** A message that the chain does not show after this long is sent again. */
const resendAfterMs = 2_500
/** Then the wallet does not take a message any more, and a new one with the same number is signed. */
const validSeconds = 60
/** So long after that no node of the chain can still be without a transaction that another one has. */
const longestLagSeconds = 60
/** A transfer that the wallet left out so often will not be made: the treasury cannot pay it. */
const mostAttempts = 5
const lookEveryMs = 150

interface Batch {
  batch_id: number
  seqno: number
  state: 'open' | 'applied'
  message: string | null
  digests: string[]
  valid_until: Date | null
  transaction_hash: string | null
  transaction_lt: string | null
  seen_height: number | null
  created_at: Date
}

const unfinished = `SELECT * FROM batches WHERE state <> 'closed' ORDER BY batch_id`

// Payouts of accounts that reached their threshold are made in the same moment as they are taken into account.
const payThresholds = `
WITH due AS (
  SELECT account, run, gross_nanoton - fee_nanoton - pending_nanoton - paid_nanoton AS available
  FROM accounts WHERE threshold_nanoton > 0
    AND gross_nanoton - fee_nanoton - pending_nanoton - paid_nanoton >= threshold_nanoton
  ORDER BY account FOR UPDATE
), debited AS (
  UPDATE accounts SET pending_nanoton = pending_nanoton + due.available, periods = periods + 1
  FROM due WHERE accounts.account = due.account
  RETURNING accounts.account, accounts.run, due.available, accounts.periods
)
INSERT INTO payouts (account, period, amount_nanoton, run, correlation_id)
SELECT account, periods, available, run, 'threshold-' || account || '-' || periods FROM debited`

const openBatch = `
WITH waiting AS (
  SELECT payout_id FROM payouts WHERE batch_id IS NULL AND state IN ('accepted', 'sent')
  ORDER BY payout_id LIMIT $1 FOR UPDATE SKIP LOCKED
), made AS (
  -- A node that lags behind shows a number that the wallet has taken long ago.
  INSERT INTO batches (seqno)
  SELECT greatest($2, (SELECT max(seqno) + 1 FROM batches WHERE transaction_hash IS NOT NULL))
  WHERE EXISTS (SELECT 1 FROM waiting) RETURNING batch_id
)
UPDATE payouts SET batch_id = made.batch_id, state = 'sent', sent_at = coalesce(sent_at, clock_timestamp())
FROM waiting, made WHERE payouts.payout_id = waiting.payout_id
RETURNING payouts.payout_id, payouts.batch_id`

// The wallet has taken the batch's number with one of its messages: what left the wallet is on its way, and what did not
// will never leave it under this number.
const markApplied = `
WITH applied AS (
  UPDATE batches SET state = 'applied', transaction_hash = $2, transaction_lt = $3, seen_height = $4 WHERE batch_id = $1
), sent AS (
  UPDATE payouts SET transaction_hash = $2 WHERE batch_id = $1 AND payout_id = ANY($5)
)
UPDATE payouts SET batch_id = NULL, attempts = attempts + 1 WHERE batch_id = $1 AND NOT payout_id = ANY($5)`

const giveUp = `
WITH failed AS (
  UPDATE payouts SET state = 'failed', ended_at = clock_timestamp(), reason = 'the treasury could not pay it'
  WHERE batch_id IS NULL AND state = 'sent' AND attempts >= $1 RETURNING account, amount_nanoton
), sums AS (SELECT account, sum(amount_nanoton) AS amount FROM failed GROUP BY account ORDER BY account)
UPDATE accounts SET pending_nanoton = pending_nanoton - amount FROM sums WHERE accounts.account = sums.account`

const confirm = `
WITH closed AS (
  UPDATE batches SET state = 'closed' WHERE batch_id = $1
), confirmed AS (
  UPDATE payouts SET state = 'confirmed', ended_at = clock_timestamp(), depth = $2
  WHERE batch_id = $1 AND state = 'sent'
  RETURNING account, amount_nanoton, correlation_id
), sums AS (
  SELECT account, sum(amount_nanoton) AS amount FROM confirmed GROUP BY account ORDER BY account
), paid AS (
  UPDATE accounts SET pending_nanoton = pending_nanoton - amount, paid_nanoton = paid_nanoton + amount
  FROM sums WHERE accounts.account = sums.account
)
SELECT correlation_id FROM confirmed`

export interface SenderOptions {
  database: Database
  treasury: Treasury
  /** Blocks on top of a transaction before it is called confirmed. */
  depth: number
  defects: Defect[]
  log: FastifyBaseLogger
}

export class Sender {
  readonly #options: SenderOptions
  readonly #defects: PaymentDefect[]
  readonly #sentAt = new Map<number, number>()
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> | undefined
  /** Why the last step failed; null where it did not. */
  #trouble: string | null = null

  constructor(options: SenderOptions) {
    this.#options = options
    this.#defects = options.defects.flatMap(({ payments }) => payments ?? [])
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#working ??= this.#step().finally(() => (this.#working = undefined))
    }, lookEveryMs)
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#working
  }

  async #step(): Promise<void> {
    const { database, treasury, log } = this.#options
    try {
      await database.query('pay-thresholds', payThresholds)
      for (const { beforeSending } of this.#defects) await beforeSending?.(database)
      const height = await treasury.height()
      const batches = await database.query<Batch>('unfinished-batches', unfinished)
      for (const batch of batches) if (batch.state === 'applied') await this.#confirm(batch, height)
      const open = batches.find(({ state }) => state === 'open')
      if (open === undefined) await this.#open()
      else await this.#watch(open)
      for (const { afterSending } of this.#defects) await afterSending?.(database)
      if (this.#trouble !== null) log.info({ height }, 'payouts are sent again')
      this.#trouble = null
    } catch (error) {
      // Several steps a second: the same trouble is told once.
      const reason = (error as Error).message
      if (reason !== this.#trouble) log.warn({ reason }, 'payouts could not be sent and are tried again')
      this.#trouble = reason
    }
  }

  /** The next batch, stored before it is sent: whatever happens then, it is known what may have been sent. */
  async #open(): Promise<void> {
    const { database, treasury } = this.#options
    const most = Math.min(mostPerBatch, ...this.#defects.map((defect) => defect.mostPerBatch ?? Infinity))
    const rows = await database.query<{ batch_id: number }>('open-batch', openBatch, [
      most,
      await treasury.nextNumber(),
    ])
    if (rows.length === 0) return
    const batches = await database.query<Batch>('unfinished-batches', unfinished)
    const batch = batches.find(({ batch_id }) => batch_id === rows[0]?.batch_id)
    if (batch !== undefined) await this.#send(batch)
  }

  async #watch(batch: Batch): Promise<void> {
    const { database, treasury, log } = this.#options
    const next = await treasury.nextNumber()
    if (next <= batch.seqno) return this.#send(batch)
    const outcome = await this.#find(batch)
    // Read after the transaction was seen, so that it is in a block of at most this height.
    const seenHeight = await treasury.height()
    if (outcome === null) {
      // Either this node has not caught up, or the wallet took the number for something else. Only when no message of this
      // batch can be applied any more is it certain that nothing of it was paid.
      const certainAt = (batch.valid_until?.getTime() ?? 0) + 1000 * longestLagSeconds
      if (Date.now() < certainAt) return
      log.warn({ batch: batch.batch_id, seqno: batch.seqno }, 'a batch was overtaken and is made anew')
      await database.query(
        'undo-batch',
        `WITH closed AS (UPDATE batches SET state = 'closed' WHERE batch_id = $1)
         UPDATE payouts SET batch_id = NULL WHERE batch_id = $1`,
        [batch.batch_id],
      )
      return
    }
    const left = outcome.marks.map((mark) => Number(mark.slice(1))).filter(Number.isSafeInteger)
    await database.query('mark-applied', markApplied, [
      batch.batch_id,
      outcome.hash,
      outcome.lt,
      seenHeight,
      left,
    ])
    await database.query('give-up', giveUp, [mostAttempts])
    this.#sentAt.delete(batch.batch_id)
  }

  /** What the chain shows of a batch now; null where it shows nothing of it. */
  #find({ digests, created_at }: Batch): Promise<Outcome | null> {
    return this.#options.treasury.find(digests, created_at.getTime() / 1000 - validSeconds)
  }

  /** Whether the chain still shows it. Of a transaction that it does not have a node says only that something went wrong. */
  async #isShown(batch: Batch, hash: string, lt: string): Promise<boolean> {
    const isThere = await this.#options.treasury.has({ hash, lt }).catch(() => false)
    return isThere || (await this.#find(batch))?.hash === hash
  }

  /** Sends the message of a batch, again and again until the chain shows it. The same number makes that safe. */
  async #send(batch: Batch): Promise<void> {
    const { treasury } = this.#options
    const now = Date.now()
    const lastSentAt = this.#sentAt.get(batch.batch_id)
    if (lastSentAt !== undefined && this.#defects.some(({ neverResends }) => neverResends === true)) return
    if (now - (lastSentAt ?? 0) < resendAfterMs) return
    this.#sentAt.set(batch.batch_id, now)
    const isValid = batch.valid_until !== null && batch.valid_until.getTime() > now + resendAfterMs
    const boc = isValid && batch.message !== null ? batch.message : await this.#sign(batch)
    await treasury.send(boc)
  }

  async #sign(batch: Batch): Promise<string> {
    const { database, treasury } = this.#options
    const rows = await database.query<{ payout_id: number; account: string; amount_nanoton: number }>(
      'payouts-of-batch',
      `SELECT payout_id, account, amount_nanoton FROM payouts WHERE batch_id = $1 ORDER BY payout_id`,
      [batch.batch_id],
    )
    const transfers = rows.map(({ payout_id, account, amount_nanoton }): Transfer => ({
      mark: `p${payout_id}`,
      account,
      nanoton: BigInt(amount_nanoton),
    }))
    const validUntil = Math.floor(Date.now() / 1000) + validSeconds
    const message: SignedMessage = treasury.sign(batch.seqno, transfers, validUntil)
    await database.query(
      'store-message',
      `UPDATE batches SET message = $2, digests = digests || $3::text, valid_until = to_timestamp($4) WHERE batch_id = $1`,
      [batch.batch_id, message.boc, message.digest, validUntil],
    )
    return message.boc
  }

  async #confirm(batch: Batch, height: number): Promise<void> {
    const { database, depth, log } = this.#options
    const { batch_id, transaction_hash: hash, transaction_lt: lt, seen_height: seen } = batch
    if (hash === null || lt === null || seen === null || height < seen + depth) return
    if (!(await this.#isShown(batch, hash, lt))) {
      log.warn(
        { batch: batch_id, transaction: hash },
        'a transaction is gone from the chain; its batch is sent again',
      )
      await database.query(
        'reopen-batch',
        `WITH opened AS (UPDATE batches SET state = 'open', seen_height = NULL WHERE batch_id = $1)
         UPDATE payouts SET transaction_hash = NULL WHERE batch_id = $1`,
        [batch_id],
      )
      return
    }
    const confirmed = await database.query<{ correlation_id: string }>('confirm', confirm, [
      batch_id,
      height - seen,
    ])
    log.info(
      { batch: batch_id, transaction: hash, correlation_ids: confirmed.map((row) => row.correlation_id) },
      'payouts confirmed',
    )
  }
}
