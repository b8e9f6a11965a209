// What clients did and saw while they were paid, and what the ledger and the chain held in the end: all that the ledger
// oracle looks at. Amounts are integer nanoTON as decimal texts, times are Unix ms of the generator's clock.

export type PayoutStatus = 'accepted' | 'sent' | 'confirmed' | 'failed'

/** A payout as an answer shows it. */
export interface PayoutSeen {
  id: string
  account: string
  amount: string
  status: PayoutStatus
  /** Hash of its transaction, and how many blocks lay on top of it; null before one is known. */
  tx: string | null
  depth: number | null
}

/** A transfer to an account, as the chain shows it. */
export interface TransferSeen {
  /** The comment that it carries: the id of its payout. */
  mark: string
  account: string
  amount: string
  tx: string
  /** Whether the account got it. */
  succeeded: boolean
  /** Time of its block, to the next half second; left out by a chain that does not say. */
  at?: number
}

/** The sums over all accounts, of one consistent read. */
export interface Totals {
  /** What all completed tasks were worth, and how it was divided: gross = fee + net. */
  gross: string
  fee: string
  net: string
  /** What became of it: net = available + pending + paid. */
  available: string
  pending: string
  paid: string
}

interface Base {
  /** Who did it. One process does one thing at a time. */
  process: string
  /** Pairs an outcome with its invocation: unique within the process. */
  call: number
  t: number
}

/**
 * What a request was about.
 * - pay: asks for a payout under a key made before the first attempt; every retry carries the same key.
 * - read: asks what became of a key. `final` ones are asked when nothing is sent any more.
 * - look: asks the chain for the transfers that carry the mark of a payout.
 * - totals: asks for the sums.
 */
export type Invocation = Base & { type: 'invoke' } & (
    | { op: 'pay'; key: string; account: string; amount: string }
    | { op: 'read'; key: string; final?: true }
    | { op: 'look'; payout: string }
    | { op: 'totals' }
  )

export type Success = Base & { type: 'ok' } & (
    | { op: 'pay'; payout: PayoutSeen }
    /** Null: the key is not known. */
    | { op: 'read'; payout: PayoutSeen | null }
    | { op: 'look'; transfers: TransferSeen[] }
    | { op: 'totals'; totals: Totals }
  )

/** `rejected` was certainly not applied; `unknown` may have been. `why` is a code or a status. */
export type Miss = Base & { type: 'rejected' | 'unknown'; why: string }

/** A task that a worker completed: the pool said ok to its result, or nothing that can be relied upon. */
export interface Work {
  type: 'work'
  outcome: 'ok' | 'unknown'
  process: string
  t: number
  task: string
  /** Who is to be paid for it, and for how much of it. */
  account: string
  units: number
}

export type PaymentEvent = Invocation | Success | Miss | Work

/** An earning for a completed task: gross = fee + net. */
export interface LedgerEarning {
  task: string
  account: string
  units: number
  gross: string
  fee: string
  net: string
}

export interface LedgerPayout extends PayoutSeen {
  /** The client's key; null for one that the service made by itself because the account reached the threshold. */
  key: string | null
  /** Which of the service's own payouts of the account it is; null for one on request. At most one for each. */
  period: number | null
}

/** What the ledger's account says, in sums: net = available + pending + paid. */
export interface LedgerAccount extends Totals {
  account: string
  /** What its owner is to be paid at without being asked, as he said it and not the ledger; null: only on request. */
  threshold: string | null
}

/** What ledger and chain held after everything had come to rest. */
export interface FinalSnapshot {
  /** When the reading of it began, and when it was at its end: meanwhile nothing changed. */
  began: number
  t: number
  ledger: {
    earnings: LedgerEarning[]
    payouts: LedgerPayout[]
    accounts: LedgerAccount[]
    totals: Totals
  }
  chain: { transfers: TransferSeen[] }
}

/** What the operator promises, and how the figures come about. */
export interface PaymentTerms {
  /** nanoTON that a unit of work is worth, and the operator's share of it in hundredths of a percent. */
  perUnit: string
  feeBasisPoints: number
  /** Blocks on top of a transaction before it may be called confirmed. */
  depth: number
  /** Everything accepted is confirmed or failed so many ms after the last disturbance, request or work. */
  settleMs: number
  /** When the load or the last disturbance ended. What the history has of payouts and work may have come later. */
  lastAt: number
}
