// Payouts as clients see them: taken on request, found by their key, listed by account.
import type { AccountStatement, LedgerSums, Payout, PayoutRequest } from '../../systems/cocoon/api.ts'
import type { Database } from '../service/database.ts'
import type { Defect, PaymentDefect } from './defect.ts'
import { PoolError } from './errors.ts'
import { sumColumns } from './ledger.ts'

const payoutColumns = `
payout_id, idempotency_key, account, period, amount_nanoton::text, run, state, accepted_at, ended_at, transaction_hash,
depth, reason`

interface PayoutRow {
  payout_id: number
  idempotency_key: string | null
  account: string
  period: number | null
  amount_nanoton: string
  run: string | null
  state: Payout['state']
  accepted_at: Date
  ended_at: Date | null
  transaction_hash: string | null
  depth: number | null
  reason: string | null
}

function payoutOf(row: PayoutRow): Payout {
  const { run: _, payout_id, accepted_at, ended_at, transaction_hash, ...same } = row
  return {
    ...same,
    payout_id: `p${payout_id}`,
    accepted_at: accepted_at.toISOString(),
    ended_at: ended_at?.toISOString() ?? null,
    transaction: transaction_hash,
  }
}

/** A page of the rows of account $1 after the one whose number is the parameter `after`, as JSON. */
const pageOf = (table: string, columns: string, id: string, after: string): string =>
  `(SELECT json_agg(row) FROM (
    SELECT ${columns} FROM ${table} WHERE account = $1 AND ${id} > ${after} ORDER BY ${id} LIMIT $4
  ) AS row) AS ${table}`

const earningColumns = 'entry_id, task_id, units, gross_nanoton::text, fee_nanoton::text'

/** Rows of each kind in one page of a statement. */
const pageRows = 200

export interface NewPayout extends PayoutRequest {
  key: string
  correlationId: string
}

export class Payouts {
  readonly #database: Database
  readonly #defects: PaymentDefect[]

  constructor(database: Database, defects: Defect[]) {
    this.#database = database
    this.#defects = defects.flatMap(({ payments }) => payments ?? [])
  }

  /**
   * Answers when the payout is committed, or with the one that the key was used for first.
   * @throws PoolError insufficient_funds, or key_reused where the key was used for another account or amount.
   */
  async request(wanted: NewPayout): Promise<{ payout: Payout; isNew: boolean }> {
    const { key, account, amount_nanoton, run, correlationId } = wanted
    for (const { onRequest } of this.#defects) {
      const instead = await onRequest?.(this.#database, wanted)
      if (instead !== undefined) return { payout: instead, isNew: true }
    }
    const overdraft = Math.max(0, ...this.#defects.map(({ overdraftNanoton }) => overdraftNanoton ?? 0))
    const [answer] = await this.#database.query<{ outcome: string }>(
      'request-payout',
      'SELECT request_payout($1, $2, $3, $4, $5, $6) AS outcome',
      [key, account, amount_nanoton, run ?? null, correlationId, overdraft],
    )
    if (answer?.outcome === 'insufficient') throw new PoolError('insufficient_funds')
    const payout = await this.byKey(key)
    if (payout === null) throw new PoolError('internal')
    if (payout.account !== account || payout.amount_nanoton !== amount_nanoton) {
      for (const { onReuse } of this.#defects) {
        if (onReuse !== undefined) return { payout: await onReuse(payout, wanted), isNew: false }
      }
      throw new PoolError('key_reused')
    }
    const isNew = answer?.outcome === 'new'
    if (!isNew) for (const { onRetry } of this.#defects) await onRetry?.(this.#database, key)
    return { payout, isNew }
  }

  async byKey(key: string): Promise<Payout | null> {
    const [row] = await this.#database.query<PayoutRow>(
      'payout-by-key',
      `SELECT ${payoutColumns} FROM payouts WHERE idempotency_key = $1`,
      [key],
    )
    return row === undefined ? null : payoutOf(row)
  }

  /** As byKey, for clients. */
  async shown(key: string): Promise<Payout | null> {
    let payout = await this.byKey(key)
    for (const { onMissing, onRead } of this.#defects) {
      if (payout === null) payout = onMissing?.(key) ?? null
      else if (onRead !== undefined) payout = onRead(payout, Date.now())
    }
    return payout
  }

  /** An account's sums, and its rows after the given ones. */
  async statement(account: string, after: { earning: number; payout: number }): Promise<AccountStatement> {
    // One statement, so that the sums are those of the rows' moment.
    const [row] = await this.#database.query<
      LedgerSums & {
        earnings: (Omit<AccountStatement['earnings'][number], 'task_id'> & { task_id: number })[] | null
        payouts:
          | (Omit<PayoutRow, 'accepted_at' | 'ended_at'> & {
              accepted_at: string
              ended_at: string | null
            })[]
          | null
      }
    >(
      'statement',
      `SELECT ${sumColumns}, ${pageOf('earnings', earningColumns, 'entry_id', '$2')},
        ${pageOf('payouts', payoutColumns, 'payout_id', '$3')}
       FROM accounts WHERE account = $1`,
      [account, after.earning, after.payout, pageRows],
    )
    const { earnings, payouts, ...sums } = row!
    return {
      account,
      ...sums,
      earnings: (earnings ?? []).map((earning) => ({ ...earning, task_id: String(earning.task_id) })),
      payouts: (payouts ?? []).map((payout) =>
        payoutOf({
          ...payout,
          accepted_at: new Date(payout.accepted_at),
          ended_at: payout.ended_at === null ? null : new Date(payout.ended_at),
        }),
      ),
    }
  }
}
