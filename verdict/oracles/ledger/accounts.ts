// What the rows of the ledger come to for each account, added up once for all laws that compare sums.
import { Sum } from './nano.ts'
import type { LedgerEarning, LedgerPayout } from './payment-history.ts'

export class Account {
  /** Its sums follow from a fault that is told already. */
  faulty = false
  /** What it is to be paid at without being asked; null: never; undefined where the ledger has no such account. */
  threshold: string | null | undefined
  payouts = 0
  earnings = 0
  /** Of its payouts that are under way, and of those that are confirmed. */
  readonly pending = new Sum()
  readonly paid = new Sum()
  /** Both, without what the laws found at fault before they looked at overdrafts. */
  readonly promised = new Sum()
  readonly gross = new Sum()
  readonly fee = new Sum()
  readonly net = new Sum()

  constructor(readonly name: string) {}

  addPayout({ status, amount }: LedgerPayout): void {
    this.payouts++
    if (status === 'confirmed') this.paid.add(amount)
    else if (status !== 'failed') this.pending.add(amount)
    // For its error: no sum holds it.
    else new Sum().add(amount)
  }

  addEarning({ gross, fee, net }: LedgerEarning): void {
    this.earnings++
    this.gross.add(gross)
    this.fee.add(fee)
    this.net.add(net)
  }
}

export class Accounts {
  readonly #byName = new Map<string, Account>()

  of(name: string): Account {
    let account = this.#byName.get(name)
    if (account === undefined) this.#byName.set(name, (account = new Account(name)))
    return account
  }

  all(): Account[] {
    return [...this.#byName.values()]
  }
}
