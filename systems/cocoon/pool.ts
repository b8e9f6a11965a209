// A GPU pool in the kit's terms. The default adapter speaks the contract of api.ts; your own pool brings another one.
import type { Exchange } from '../../lib/drive/actor.ts'
import type {
  LedgerAccount,
  LedgerEarning,
  LedgerPayout,
  Totals,
} from '../../verdict/oracles/ledger/payment-history.ts'

/** The header of a bearer token; no header where there is no token. Frozen, so that the kit may send it again and again. */
export const bearer = (token: string): Readonly<Record<string, string>> =>
  Object.freeze(token === '' ? {} : { Authorization: `Bearer ${token}` })

export interface Membership {
  workerId: string
  token: string
  heartbeatSeconds: number
  /** A task is the worker's for so long at the least. */
  leaseSeconds?: number
}

export interface Assignment {
  taskId: string
  leaseId: string
  /** What the task needs; a pool that pays by it says so. */
  memoryMb?: number
  /** What its client wrote; ours writes the task's key. */
  prompt?: string | undefined
}

/** A task as the pool reports it; times are Unix ms, undefined where the pool does not say. */
export interface TaskView {
  ended: boolean
  acceptedAt: number | undefined
  assignedAt: number | null | undefined
  /** Of a task that was completed. */
  completedAt?: number | undefined
  /** The worker whose result it has. */
  completedBy?: string | undefined
  /** How often it was given to a worker. */
  attempts?: number | undefined
  ableIdleMs: number | undefined
}

/** What a task's record says of itself, as far as it is shown. Looked at by checks alone, of a few records. */
export interface TaskRecord {
  taskId?: string
  key?: string
  /** As it is written: a text, or Unix ms. */
  acceptedAt?: unknown
  /** What the client asked for, as one text. */
  content?: string
}

/** What a pool promises of its requests one by one. What is left out is not promised, and not checked. */
export interface PoolChecks {
  /** The record in an answer to a submission or a status read. */
  record: (json: unknown) => TaskRecord
  /** The same key with the same content names the same task, and makes no second one. */
  sameKey?: true
  /** The statuses with which another content under a used key is refused. */
  reusedKey?: number[]
  /** The statuses with which a token that nobody has is refused. */
  wrongToken?: number[]
  /** A status read shows the task of its key, and of a key that was never used none. */
  ownRecord?: true
  /** Tells when a task was accepted, by a time with its zone, or in Unix ms. */
  times?: true
  /** While a worker holds a task, it is given to no other one. */
  oneWorker?: true
  /** Its figures are those of the whole pool, and at most a second old. */
  figures?: true
}

export interface PoolView {
  waiting: number
  running: number
  workersAlive: number
  /** Tasks completed, accepted and failed since the pool began; left out where it does not count them. */
  completed?: number | undefined
  accepted?: number | undefined
  failed?: number | undefined
}

export interface NewWorker {
  name: string
  gpuModel: string
  memoryMb: number
  run: string
  /** Where what it earns is paid to, and from which sum on (nanoTON) without being asked; null: only when asked. */
  account: string
  thresholdNanoton: number | null
}

export interface NewTask {
  key: string
  clientId: string
  memoryMb: number
  priority: number
  prompt: string
  run: string
  /** How long the client is willing to wait for a worker; null: for ever. A pool that cannot be so quick may refuse. */
  maxWaitMs: number | null
  /** The same was sent before, and may have been accepted then. */
  again?: boolean
}

/** The sums of one run's accounts, and how payments are made. */
export interface LedgerView {
  totals: Totals
  /** Completed tasks that are not booked yet. */
  unbooked: number
  /** nanoTON for a unit of work, and the operator's share of it in hundredths of a percent, rounded down. */
  perUnit: string
  feeBasisPoints: number
  /** Blocks on top of a transaction before it is called confirmed. */
  depth: number
  /** The address that pays. */
  treasury: string
}

/** A page of an account's rows, with where the next one begins; `more` says whether there is one. */
export interface StatementPage {
  sums: Omit<LedgerAccount, 'threshold'>
  earnings: LedgerEarning[]
  payouts: LedgerPayout[]
  next: { earning: string; payout: string }
  more: boolean
}

/** How workers are paid. `expect` are the statuses that this request is to be answered with. */
export interface Payments {
  pay: (
    payout: { key: string; account: string; amount: string; run: string },
    expect: number[],
  ) => Exchange<LedgerPayout | 'refused'>
  /** The value is "unknown" when nothing was accepted under the key. */
  payout: (key: string) => Exchange<LedgerPayout | 'unknown'>
  ledger: (run: string) => Exchange<LedgerView>
  statement: (account: string, after: StatementPage['next']) => Exchange<StatementPage>
}

/** Every request that actors send, described. `credential` gives the value of the target's credential of that name. */
export interface Pool {
  register: (worker: NewWorker) => Exchange<Membership>
  heartbeat: (member: Membership) => Exchange<true>
  /** The value is "none" when no task came in time. */
  poll: (member: Membership, waitMs: number) => Exchange<Assignment | 'none'>
  result: (member: Membership, assignment: Assignment, output: string) => Exchange<true>
  leave: (member: Membership) => Exchange<true>
  submit: (task: NewTask) => Exchange<TaskView>
  /** The value is "unknown" when the pool knows no task with that key. */
  status: (key: string) => Exchange<TaskView | 'unknown'>
  /** What a browser loads to show the dashboard, in order. */
  dashboard: () => Exchange<true>[]
  stats?: () => Exchange<PoolView>
  /** Fills the pool with this many tasks of the past. Only a testbed has it. The value is the rows and bytes there are. */
  grow?: (tasks: number) => Exchange<{ tasks: number; bytes: number }>
  /** Made when somebody is to be paid. */
  payments?: () => Payments
  /** Asked for before the load alone; a pool without it is not checked. */
  checks?: () => PoolChecks
  leftovers?: (run: string) => Exchange<{ workers: number; tasks: number }>
}

export type PoolAdapter = (credential: (use: string) => string) => Pool
