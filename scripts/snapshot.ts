// What ledger and chain held in the end, put together from the pages in which it was told.
import type {
  FinalSnapshot,
  LedgerAccount,
  LedgerEarning,
  LedgerPayout,
  PaymentTerms,
  Totals,
  TransferSeen,
} from '../verdict/oracles/payment-history.ts'

export type SnapshotPart =
  | { part: 'earnings'; rows: LedgerEarning[] }
  | { part: 'payouts'; rows: LedgerPayout[] }
  | { part: 'accounts'; rows: LedgerAccount[] }
  | { part: 'transfers'; rows: TransferSeen[] }
  /** The last page: all rows were read. */
  | {
      part: 'end'
      t: number
      totals: Totals
      terms: Pick<PaymentTerms, 'perUnit' | 'feeBasisPoints' | 'depth'>
    }

export class Snapshot {
  readonly earnings: LedgerEarning[] = []
  readonly payouts: LedgerPayout[] = []
  readonly accounts: LedgerAccount[] = []
  readonly transfers: TransferSeen[] = []
  private end: Extract<SnapshotPart, { part: 'end' }> | null = null

  add(told: SnapshotPart): void {
    switch (told.part) {
      case 'earnings':
        this.earnings.push(...told.rows)
        return
      case 'payouts':
        this.payouts.push(...told.rows)
        return
      case 'accounts':
        this.accounts.push(...told.rows)
        return
      case 'transfers':
        this.transfers.push(...told.rows)
        return
      case 'end':
        this.end = told
    }
  }

  get terms(): Extract<SnapshotPart, { part: 'end' }>['terms'] | null {
    return this.end?.terms ?? null
  }

  /** Null when it was not read to its end. */
  whole(): FinalSnapshot | null {
    if (this.end === null) return null
    const { earnings, payouts, accounts, transfers } = this
    const { t, totals } = this.end
    return { t, ledger: { earnings, payouts, accounts, totals }, chain: { transfers } }
  }
}
