// A small honest payout service with its chain, and clients that write down what they do and see: histories without a
// fault, to be checked as they are or with one fault planted.
import type {
  FinalSnapshot,
  LedgerEarning,
  LedgerPayout,
  PaymentEvent,
  PaymentTerms,
  PayoutSeen,
  Totals,
  TransferSeen,
} from '../../../../verdict/oracles/ledger/payment-history.ts'

const perUnit = 333n
const feeBasisPoints = 250n
const depth = 3
const settleMs = 10_000
/** Between the last request and the final reads: by less than that the clocks of processes may differ. */
export const restMs = 1_000_000

export interface Recorded {
  events: PaymentEvent[]
  snapshot: FinalSnapshot
  terms: PaymentTerms
}

type Answered = 'answered' | 'lost'

const zero = { gross: 0n, fee: 0n, net: 0n, available: 0n, pending: 0n, paid: 0n }
type Sums = typeof zero

const texts = (sums: Sums): Totals =>
  Object.fromEntries(Object.entries(sums).map(([part, sum]) => [part, String(sum)])) as unknown as Totals

export class World {
  readonly events: PaymentEvent[] = []
  readonly earnings: LedgerEarning[] = []
  readonly payouts: LedgerPayout[] = []
  readonly transfers: TransferSeen[] = []
  readonly #calls = new Map<string, number>()
  /** Keys with an attempt that was not answered, by who sent it. */
  readonly #unknown = new Map<string, string>()
  #t = 1_700_000_000_000

  #tick(): number {
    this.#t += 10
    return this.#t
  }

  #begin(process: string): { process: string; call: number; t: number } {
    const call = (this.#calls.get(process) ?? 0) + 1
    this.#calls.set(process, call)
    return { process, call, t: this.#tick() }
  }

  work(process: string, task: string, units: number, outcome: 'ok' | 'unknown' = 'ok', counted = true): void {
    this.events.push({
      type: 'work',
      outcome,
      process,
      t: this.#tick(),
      task,
      account: `of-${process}`,
      units,
    })
    if (counted) this.earn(task, `of-${process}`, units)
  }

  earn(task: string, account: string, units: number): void {
    const gross = BigInt(units) * perUnit
    const fee = (gross * feeBasisPoints) / 10_000n
    this.earnings.push({
      task,
      account,
      units,
      gross: String(gross),
      fee: String(fee),
      net: String(gross - fee),
    })
  }

  /** Sends a request; what it returns lets the service take it in, and the answer arrive or get lost. */
  send(process: string, key: string, amount: bigint, account = `of-${process}`) {
    const base = this.#begin(process)
    this.events.push({ ...base, type: 'invoke', op: 'pay', key, account, amount: String(amount) })
    return (how: Answered = 'answered', applied = true): void => {
      const refusal = applied ? this.#take(key, account, amount) : null
      const outcome = { process, call: base.call, t: this.#tick() }
      if (how === 'lost') {
        this.#unknown.set(key, process)
        this.events.push({ ...outcome, type: 'unknown', why: 'timeout' })
      } else if (refusal !== null) this.events.push({ ...outcome, type: 'rejected', why: refusal })
      else this.events.push({ ...outcome, type: 'ok', op: 'pay', payout: this.seen(this.row(key)!) })
    }
  }

  pay(process: string, key: string, amount: bigint, how: Answered = 'answered', applied = true): void {
    this.send(process, key, amount)(how, applied)
  }

  /** Null where the payout is accepted, now or before, else why it is not. */
  #take(key: string, account: string, amount: bigint): string | null {
    const row = this.row(key)
    if (row !== undefined)
      return row.amount === String(amount) && row.account === account ? null : 'key-reused'
    if (amount > this.sums(account).available) return 'not-enough'
    this.add(key, account, amount)
    return null
  }

  add(key: string | null, account: string, amount: bigint, period: number | null = null): LedgerPayout {
    const row: LedgerPayout = {
      id: `payout-${this.payouts.length + 1}`,
      key,
      account,
      amount: String(amount),
      status: 'accepted',
      tx: null,
      depth: null,
      period,
    }
    this.payouts.push(row)
    return row
  }

  row(key: string): LedgerPayout | undefined {
    return this.payouts.find((row) => row.key === key)
  }

  /** The service pays out by itself what an account has. */
  payByService(account: string): void {
    const period = this.payouts.filter((row) => row.account === account && row.period !== null).length + 1
    const { available } = this.sums(account)
    if (available > 0n) this.add(null, account, available, period)
  }

  /** What an account must have had a threshold of to be paid as it was by the service; in the end nothing is left in it. */
  #threshold(account: string): string | null {
    const own = (): LedgerPayout[] =>
      this.payouts.filter((row) => row.account === account && row.period !== null)
    if (own().length === 0) return null
    this.payByService(account)
    this.land(this.payouts.at(-1)!)
    return String(
      own().reduce((least, { amount }) => (BigInt(amount) < least ? BigInt(amount) : least), 10n ** 18n),
    )
  }

  step(row: LedgerPayout, fails = false): void {
    if (row.status === 'accepted') row.status = 'sent'
    else if (row.status === 'sent') this.#land(row, fails)
  }

  #land(row: LedgerPayout, fails: boolean): void {
    row.status = fails ? 'failed' : 'confirmed'
    const { id: mark, account, amount } = row
    const transfer = { mark, account, amount, tx: `tx-${this.transfers.length + 1}`, succeeded: !fails }
    this.transfers.push(transfer)
    if (fails) return
    row.tx = transfer.tx
    row.depth = depth
  }

  land(row: LedgerPayout, fails = false): void {
    while (row.status === 'accepted' || row.status === 'sent') this.step(row, fails)
  }

  seen({ id, account, amount, status, tx, depth: blocks }: LedgerPayout): PayoutSeen {
    return { id, account, amount, status, tx, depth: blocks }
  }

  read(process: string, key: string, final = false): void {
    const base = this.#begin(process)
    this.events.push({ ...base, type: 'invoke', op: 'read', key, ...(final ? { final } : {}) })
    const row = this.row(key)
    const payout = row === undefined ? null : this.seen(row)
    this.events.push({ ...base, t: this.#tick(), type: 'ok', op: 'read', payout })
  }

  look(process: string, row: LedgerPayout): void {
    const base = this.#begin(process)
    this.events.push({ ...base, type: 'invoke', op: 'look', payout: row.id })
    const transfers = this.transfers
      .filter(({ mark }) => mark === row.id)
      .map((transfer) => ({ ...transfer }))
    this.events.push({ ...base, t: this.#tick(), type: 'ok', op: 'look', transfers })
  }

  totals(process: string): void {
    const base = this.#begin(process)
    this.events.push({ ...base, type: 'invoke', op: 'totals' })
    this.events.push({ ...base, t: this.#tick(), type: 'ok', op: 'totals', totals: texts(this.sums(null)) })
  }

  /** Of an account, or of all. */
  sums(account: string | null): Sums {
    const sums = { ...zero }
    for (const earning of this.earnings)
      if (account === null || earning.account === account)
        for (const part of ['gross', 'fee', 'net'] as const) sums[part] += BigInt(earning[part])
    for (const { status, amount, account: whose } of this.payouts) {
      if ((account !== null && whose !== account) || status === 'failed') continue
      sums[status === 'confirmed' ? 'paid' : 'pending'] += BigInt(amount)
    }
    sums.available = sums.net - sums.pending - sums.paid
    return sums
  }

  /** Lets everything come to rest, has each unknown outcome asked for, and looks into ledger and chain. */
  rest(): Recorded {
    for (const row of this.payouts) this.land(row)
    const accounts = [...new Set([...this.earnings, ...this.payouts].map(({ account }) => account))]
    const thresholds = new Map(accounts.map((account) => [account, this.#threshold(account)]))
    this.#t += restMs
    const lastAt = this.#tick()
    for (const [key, process] of this.#unknown) this.read(process, key, true)
    this.#t += settleMs
    return {
      events: this.events,
      snapshot: {
        began: this.#tick(),
        t: this.#tick(),
        ledger: {
          earnings: this.earnings,
          payouts: this.payouts,
          accounts: accounts.map((account) => ({
            account,
            ...texts(this.sums(account)),
            threshold: thresholds.get(account) ?? null,
          })),
          totals: texts(this.sums(null)),
        },
        chain: { transfers: this.transfers },
      },
      terms: { perUnit: String(perUnit), feeBasisPoints: Number(feeBasisPoints), depth, settleMs, lastAt },
    }
  }
}
