// What ledger and chain held in the end, put together from the pages in which it was told.
import type {
  FinalSnapshot,
  LedgerAccount,
  LedgerEarning,
  LedgerPayout,
  PaymentTerms,
  Totals,
  TransferSeen,
} from './payment-history.ts'

type OperatorTerms = Pick<PaymentTerms, 'perUnit' | 'feeBasisPoints' | 'depth'>

export type SnapshotPart =
  /** What the operator promises, told once it is known. */
  | { part: 'terms'; terms: OperatorTerms }
  /** The reading begins, or begins anew because something changed meanwhile: what was read before is void. */
  | { part: 'begin'; t: number }
  | { part: 'earnings'; rows: LedgerEarning[] }
  | { part: 'payouts'; rows: LedgerPayout[] }
  | { part: 'accounts'; rows: LedgerAccount[] }
  | { part: 'transfers'; rows: TransferSeen[] }
  /** The last page: all rows were read. */
  | { part: 'end'; t: number; totals: Totals }

export class Snapshot {
  terms: OperatorTerms | null = null
  private rows = noRows()
  private began = 0
  private end: Extract<SnapshotPart, { part: 'end' }> | null = null

  add(told: SnapshotPart): void {
    switch (told.part) {
      case 'terms':
        this.terms = told.terms
        return
      case 'begin':
        this.rows = noRows()
        this.began = told.t
        this.end = null
        return
      case 'earnings':
        this.rows.earnings.push(...told.rows)
        return
      case 'payouts':
        this.rows.payouts.push(...told.rows)
        return
      case 'accounts':
        this.rows.accounts.push(...told.rows)
        return
      case 'transfers':
        this.rows.transfers.push(...told.rows)
        return
      case 'end':
        this.end = told
    }
  }

  /** Null when it was not read to its end. */
  whole(): FinalSnapshot | null {
    if (this.end === null) return null
    const { transfers, ...rows } = this.rows
    const { t, totals } = this.end
    return { began: this.began, t, ledger: { ...rows, totals }, chain: { transfers } }
  }
}

const noRows = () => ({
  earnings: [] as LedgerEarning[],
  payouts: [] as LedgerPayout[],
  accounts: [] as LedgerAccount[],
  transfers: [] as TransferSeen[],
})
