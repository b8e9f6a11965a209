// What a planted defect may do to the pool. Each file in defects/ exports one as its default; `make registries` lists it. An
// honest pool has none.
import type { IncomingMessage } from 'node:http'
import type { Payout, PollAnswer, PoolStats, Task } from '../../systems/cocoon/api.ts'
import type { Database } from '../service/database.ts'
import type { NewPayout } from './payouts.ts'
import type { PlantedDefect } from '../testbed.ts'

/** The kinds of request that the pool can be told apart by; the same names that criteria use. */
export type Step =
  | 'register'
  | 'heartbeat'
  | 'poll'
  | 'leave'
  | 'submit'
  | 'status'
  | 'result'
  | 'stats'
  | 'dashboard'
  | 'page'
  | 'leftovers'
  | 'grow'
  | 'pay'
  | 'payout-status'
  | 'account'
  | 'ledger'

/** The steps that latency and error criteria judge. */
export const apiSteps: readonly Step[] = ['register', 'heartbeat', 'submit', 'status', 'result', 'dashboard']

/** A worker that waits in a poll. Times are milliseconds of this process's monotonic clock. */
export interface IdleWorker {
  workerId: string
  memoryMb: number
  waitingSince: number
  /** False until it was offered to the queue for the first time. */
  wasOffered: boolean
}

/** What an allocation defect may look at. */
export interface PoolView {
  now: number
  database: Database
  /** When this gateway accepted its latest task; 0 before the first. */
  lastSubmitAt: number
}

/** What a planted defect may do to payments. What it does to the database is its own business. */
export interface PaymentDefect {
  /** After these tasks were booked. */
  afterBooking?(database: Database, taskIds: number[]): Promise<void>
  /** Answers a request for a payout instead of the service; undefined leaves it to the service. */
  onRequest?(database: Database, wanted: NewPayout): Promise<Payout | undefined>
  /** So much more than an account has may be asked of it. */
  overdraftNanoton?: number
  /** Answers a request whose key was used for another account or amount. */
  onReuse?(known: Payout, wanted: NewPayout): Promise<Payout>
  /** The same request came again. */
  onRetry?(database: Database, key: string): Promise<void>
  /** What a read shows instead of the payout; null for nothing. `now` in Unix ms. */
  onRead?(payout: Payout, now: number): Payout | null
  /** What a read of an unknown key shows. */
  onMissing?(key: string): Payout | null
  /** Around each step of the sender. */
  beforeSending?(database: Database): Promise<void>
  afterSending?(database: Database): Promise<void>
  mostPerBatch?: number
  neverResends?: boolean
}

/** What a planted defect may do to the submission of tasks and to what is said of them. */
export interface SubmissionDefect {
  /** The same key with the same content makes another task. */
  storesAgain?: boolean
  /** Another content under a used key is answered with the task that was accepted first. */
  ignoresContent?: boolean
  /** What an accepted submission is answered with. */
  onAnswer?(task: Task): Task
  /** What a key shows instead; null for nothing. `newest` reads the task that was accepted last. */
  onRead?(task: Task | null, newest: () => Promise<Task | null>): Promise<Task | null>
}

export interface Defect extends PlantedDefect {
  /** Milliseconds that the request waits before it is handled. */
  delayMs?(step: Step, random: () => number): number
  /** Whether the request ends as an internal error, before or after it was applied. */
  fails?(step: Step, random: () => number): 'before' | 'after' | false
  /** The newest task comes first. */
  newestFirst?: boolean
  /** Every task is accepted, however long the queue is. */
  unbounded?: boolean
  /** Whether a submission is answered as accepted and then not stored. Asked once for each. */
  loses?(random: () => number): boolean
  /** Whether a submission that is refused is stored and run all the same. Asked once for each. */
  runsRefused?(random: () => number): boolean
  /** Whether the pool has no room for this client; may take its time to say so. */
  refusesClient?(clientId: string): Promise<boolean>
  /** Whether the next read of tasks by key goes without the help of the index. Asked once for each. */
  scansNext?(): boolean
  /** What it does to submissions. */
  submissions?: SubmissionDefect
  /** What the pool's figures show instead. */
  onStats?(stats: PoolStats): PoolStats
  /** Whoever calls is who is wanted. */
  trustsAnybody?: boolean
  /** What a worker is given whose poll brought nothing; null for nothing. */
  onEmptyPoll?(database: Database, workerId: string): Promise<PollAnswer | null>
  /** Tasks whose lease has ended are not given to anybody else. */
  keepsLeases?: boolean
  /** Milliseconds until a gateway serves. */
  startsAfterMs?(database: Database): Promise<number>
  /** Whether the balancer resets the connection of this request once it has read it. */
  resets?(request: IncomingMessage, random: () => number): boolean
  /** The balancer does not notice that a gateway is gone. */
  sendsToTheDead?: boolean
  /** Milliseconds after which a submission that was acknowledged is written; until then it lives in the gateway alone. */
  writesAfterMs?: number
  /** The same of results. */
  writesResultsAfterMs?: number
  /** What it does to payments. */
  payments?: PaymentDefect
  /** Which idle workers (longest idle first) are offered tasks, in which order, and with how much memory. */
  offers?(idle: IdleWorker[], pool: PoolView): IdleWorker[] | Promise<IdleWorker[]>
}
