// Ledger and chain as they were in the end, laid beside the history of those who were paid.
import { Accounts } from './accounts.ts'
import type { Account } from './accounts.ts'
import type { History } from './history.ts'
import type { Key } from './keys.ts'
import { addTo, none } from './lists.ts'
import type {
  FinalSnapshot,
  LedgerEarning,
  LedgerPayout,
  PaymentTerms,
  TransferSeen,
} from './payment-history.ts'

/** A payout of the ledger with what belongs to it. */
export interface Held {
  row: LedgerPayout
  account: Account
  /** Undefined if no client ever used its key. */
  key: Key | undefined
  /** The first with its mark that succeeded, and those beyond the one that there may be. */
  transfer: TransferSeen | undefined
  furtherTransfers: readonly TransferSeen[]
  faulty: boolean
}

export class Books {
  readonly keys: readonly Key[]
  readonly accounts = new Accounts()
  readonly payouts: readonly Held[]
  readonly byId = new Map<string, Held>()
  /** All payouts of an id that more than one has. */
  readonly sameId = new Map<string, readonly Held[]>()
  /** The service's own payouts by account and period. */
  readonly byPeriod = new Map<string, readonly Held[]>()
  /** Transfers that succeeded with a mark that is no payout's. */
  readonly strangers = new Map<string, readonly TransferSeen[]>()
  /** Earnings for tasks that nobody says to have worked on. */
  readonly unworked = new Map<string, readonly LedgerEarning[]>()

  constructor(
    readonly history: History,
    readonly snapshot: FinalSnapshot,
    readonly terms: PaymentTerms,
  ) {
    this.keys = history.layOpen()
    for (const { account, threshold } of snapshot.ledger.accounts)
      this.accounts.of(account).threshold = threshold
    this.payouts = snapshot.ledger.payouts.map((row) => this.#hold(row))
    for (const transfer of snapshot.chain.transfers) if (transfer.succeeded) this.#pay(transfer)
    for (const earning of snapshot.ledger.earnings) this.#earn(earning)
  }

  #hold(row: LedgerPayout): Held {
    const key = row.key === null ? undefined : this.history.keys.get(row.key)
    const account = this.accounts.of(row.account)
    const held: Held = {
      row,
      account,
      key,
      transfer: undefined,
      furtherTransfers: none,
      faulty: false,
    }
    account.addPayout(row)
    if (key !== undefined) key.addRow(row)
    const same = this.byId.get(row.id)
    if (same === undefined) this.byId.set(row.id, held)
    else this.sameId.set(row.id, [...(this.sameId.get(row.id) ?? [same]), held])
    if (row.key === null && row.period !== null)
      addTo(this.byPeriod, JSON.stringify([row.account, row.period]), held)
    return held
  }

  #pay(transfer: TransferSeen): void {
    const held = this.byId.get(transfer.mark)
    if (held === undefined) addTo(this.strangers, transfer.mark, transfer)
    else if (held.transfer === undefined) held.transfer = transfer
    else held.furtherTransfers = [...held.furtherTransfers, transfer]
  }

  #earn(earning: LedgerEarning): void {
    this.accounts.of(earning.account).addEarning(earning)
    const task = this.history.work.get(earning.task)
    if (task === undefined) addTo(this.unworked, earning.task, earning)
    else task.addEarned(earning)
  }

  // What a law found at fault is left alone by later ones, so that one mistake is told once, by the law that says most
  // about it: the order of the laws is that of their precision.

  isSound({ faulty, key }: Held): boolean {
    return !faulty && (key === undefined || !key.faulty)
  }

  /** A key is at fault, and with it the sums of the accounts that it was about. */
  blameKey(key: Key): void {
    key.faulty = true
    for (const { account } of key.asked) this.blameAccount(account)
    for (const { payout } of key.answers) this.blameAccount(payout.account)
    for (const { account } of key.rows) this.blameAccount(account)
  }

  blamePayout(held: Held): void {
    held.faulty = true
    held.account.faulty = true
  }

  blameAccount(account: string): void {
    this.accounts.of(account).faulty = true
  }

  /** Ids of the payouts that were shown under keys at fault: what the chain holds for them is no news. */
  faultyIds(): Set<string> {
    const ids = new Set<string>()
    for (const { faulty, answers } of this.keys)
      if (faulty) for (const { payout } of answers) ids.add(payout.id)
    return ids
  }
}
