// The world as one virtual user sees it: who it is, what time it is in the plan, how it sends and reports.
import type { SharedRows } from './shared-data.ts'
import type { FailureClass, PhaseKind } from '../../verdict/criterion.ts'
import type { Clock, Evidence } from '../../verdict/evidence.ts'
import type { OracleEvent } from '../../verdict/oracles/oracle.ts'
import type { PlannedFault, PlannedPhase, Level, Segment } from '../plan/plan.ts'
import type { Target } from '../input/target.ts'
import type {
  KeyedName,
  ObservationName,
  PointName,
  StepName,
  TallyName,
  Vocabulary,
} from '../plan/vocabulary.ts'

/** What setup() hands to every virtual user: the plan without its texts and tables, and the target. No secrets. */
export interface RunData<Added extends object = object> {
  /** Labels everything that this process's plan creates; every epoch has its own. */
  run: string
  /** The system under test, whose actors come. */
  system: string
  seed: number
  /** Virtual where a job simulates the phases, see Plan.clock. */
  clock: Clock
  /** Seconds from T0 of the whole run to this process's own. */
  epochStart: number
  /** Unix ms at which the load begins; null: at once. */
  startAt: number | null
  /** By how many ms this process missed it. */
  late: number
  /** Whether this process asks one request of each kind first: the first of a run does. */
  preflight: boolean
  /** Whether it makes the system's checks, too. */
  withChecks: boolean
  phases: PlannedPhase<Added>[]
  /** The time after the last phase, in which the system comes to rest. No criterion judges what starts in it. */
  rest: PlannedPhase<Added>
  levels: Level[]
  /** What is done to the target, and when. */
  faults: PlannedFault[]
  segments: Record<string, Omit<Segment, 'name' | 'virtualUsers' | 'opensWith' | 'backlog'>>
  /** How many residents share an actor, by its name. */
  residents: Record<string, number>
  driveSeconds: number
  settleSeconds: number
  /** How many processes of the run share its arrivals at the same time. */
  shards: number
  /** In ms, without doubles: the lags that fine limits among the claimed ones allow, see verdict/fine-limits.ts. */
  fineLagsMs: readonly number[]
  /** By phase kind and by step or observation: the rules that judge it. */
  checks: Record<string, Record<string, Check[]>>
  /** By step: the rules that judge how many good answers come a second, with phase kind and seconds of each stretch; 0 for all time together. */
  rates: Record<string, [key: string, kind: PhaseKind, windowSeconds: number][]>
  /**
   * By step or observation: the rules that hold a count of the target against how many of these there are. None before and after
   * the load, where nothing counts for them.
   */
  agreements: Record<string, [key: string, count: 'all' | 'good' | 'bad'][]>
  /**
   * By observation that is made with a key: the accounts of promises that it adds to (1), or is found in (-1). What may have been
   * promised has an account of its own.
   */
  promiseAccounts: Record<string, [account: string, count: 1 | -1][]>
  /** Observations whose values are told, because the source expects one; left out where there are none. */
  toldValues?: string[]
  /** By step: the groups that it belongs to; only of those that belong to any. */
  groups: Record<string, readonly string[]>
  /** What is to be tallied, by name. */
  tallies: string[]
  /** Work that took at most so many ms was done in time; 0 where the system has not said what work is. */
  inTimeMs: number
  target: Pick<Target, 'baseUrl' | 'adapter' | 'alone' | 'credentials' | 'endpoints' | 'links' | 'selectors'>
  /** Whether events are written to the console for the runner. */
  record: boolean
  /** Whether every write and every read that may contradict it is among them. */
  history: boolean
  /** The oracles that claimed rules ask, where a runner asks them. */
  oracles: readonly string[]
  /** The variables of the system that were given, by name. */
  settings: Readonly<Record<string, string>>
}

/**
 * What breaks a rule: ms at or over the limit (0: none), or a value under the least one (null: none); with `only`, a request that
 * failed in this way and nothing else.
 */
export type Check = [key: string, overMs: number, least: number | null, only?: FailureClass]

/** Sends one described request, and reads its answer. The adapter of a system makes them. */
export interface Exchange<T> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the target's base address, or below that of its endpoint. */
  path: string
  endpoint?: string
  body?: unknown
  /** Those that never change are cheapest as one frozen object for all requests: others are copied for each request. */
  headers?: Readonly<Record<string, string>>
  /** Statuses that are right answers. Everything else is refused (429, or 503 with Retry-After) or failed. */
  expect: number[]
  /**
   * The answer in the kit's terms. One that breaks the contract makes it throw, best by `misfit` of fields.ts, which names
   * the field; or it returns null. `json` is null for an empty body, and a text for what is no JSON. In k6 it is an object of
   * k6's own: each look at a field costs a call, so keep what you need of it. `headers` are there where `readsHeaders` says so
   * and the answer is no text, by their usual names, such as Date.
   */
  read: (json: unknown, status: number, headers?: Readonly<Record<string, string>>) => T | null
  readsHeaders?: true
  /** Added to the request's time-out: how long the server may hold the answer. */
  holdMs?: number
}

export interface Answer<T> {
  outcome: 'ok' | 'refused' | 'failed'
  status: number
  /** From when the request was due to its last byte. */
  ms: number
  /** Present when the outcome is ok; and where only the repeat is wrong with it, so that an actor can go on. */
  value: T | null
  /**
   * Whether the connection broke and k6 sent the request again: failed, because a client that does not would have had no answer.
   * A write may have been applied twice, or before it was refused.
   */
  isRepeated: boolean
  correlationId: string
  /** Unix ms at which it was sent. */
  sentAt: number
  /** How an answer with an expected status breaks the contract, where its reader says so. */
  misfit?: string
}

/** One bad observation of brought evidence. */
export interface Example {
  /** When it began, in Unix ms; of simulated time see World.at. */
  t: number
  ms?: number
  detail: string
}

/** What may be said of an observation: see World.observe. */
export interface Detail {
  ms?: number
  plannedMs?: number
  value?: number
  correlationId?: string
  sentAt?: number
  key?: string
}

/** Those that belong to an account of promises are made with a key. */
type Observe<V extends Vocabulary> = ((
  name: Exclude<ObservationName<V>, KeyedName<V>>,
  kind: PhaseKind,
  bad: string | null,
  detail?: Omit<Detail, 'key'>,
) => void) &
  ((
    name: KeyedName<V>,
    kind: PhaseKind,
    bad: string | null,
    detail: Detail & Required<Pick<Detail, 'key'>>,
  ) => void)

/** So many observations of one kind, and how many of them were bad: whole numbers. */
export interface Many {
  n: number
  bad: number
}

/** `V` are the names of the actor's system, `Added` is what that adds to phases. */
export interface World<V extends Vocabulary = Vocabulary, Added extends object = object> {
  data: RunData<Added>
  /** Index of this resident among those of its actor (from 0), or of this arrival in its segment. */
  index: number
  /** The k6 scenario that runs it: an actor's name, or a segment's. */
  place: string
  /** Made of the run, the place and the index, so no other of any run has it: for keys of what it creates. */
  name: string
  /** Seconds since T0. */
  now: () => number
  /** Unix ms of a time in seconds after T0. */
  at: (seconds: number) => number
  /** The phase now; after the last one, the rest. */
  phase: () => PlannedPhase<Added>
  /** Whether this resident is to be there now: its index is below the level, and the load goes on. */
  present: () => boolean
  /** Seconds until it is to be there, or until the load is over if it is not any more. */
  absentFor: () => number
  /** Whether a request that is sent in so many seconds is answered, or given up, before k6 ends this arrival. A resident always has time. */
  hasTime: (inSeconds?: number) => boolean
  /** The texts of this name that all virtual users share, see shared-data.ts. */
  rows: (name: string) => SharedRows
  /** A number in [0, 1) that depends on the seed, the purpose and the whole numbers only. */
  random: (purpose: string, ...numbers: number[]) => number
  send: <T>(step: StepName<V>, exchange: Exchange<T>) => Answer<T>
  /**
   * Counts an observation that is no request, in the phase kind given. `bad` says what was wrong, or is null. `sentAt` is
   * when it began (Unix ms), where that is not now: bad ones that are noticed at once need not have come at once. `plannedMs`
   * is how much of its `ms` comes of the plan, which no limit is held against. `key` is that of a promise, the same for whoever
   * was promised it and whoever looks for it; so is the phase kind.
   */
  observe: Observe<V>
  /**
   * Counts many observations at once, such as the answers of one batch, at the cost of one. `what` says what was wrong with the bad
   * ones, which are one line of the witness together. Not for what is judged by a time or a value, which each would have of its own.
   */
  observeMany: (
    name: Exclude<ObservationName<V>, KeyedName<V>>,
    kind: PhaseKind,
    counts: Many,
    what: string,
    detail?: Pick<Detail, 'correlationId' | 'sentAt'>,
  ) => void
  /** So many observations that nobody can make for want of an answer: the target may have counted them all the same. */
  unseen: (name: ObservationName<V>, n: number) => void
  /**
   * The least limit in ms that the run's criteria hold against an observation in phases of a kind: as long, or longer, breaks
   * it. Infinity where none does.
   */
  limitMs: (name: ObservationName<V>, kind: PhaseKind) => number
  /**
   * Brings finished evidence of an observation or a tally in phases of a kind, such as what a job found in simulated time; several
   * pieces add up. A name whose evidence is brought is not observed besides. `examples` of what was bad become the witness.
   */
  bring: (
    name: ObservationName<V> | TallyName<V>,
    kind: PhaseKind,
    evidence: Evidence,
    examples?: readonly Example[],
  ) => void
  /** Adds a value in ms to this resident's histogram of that name in a phase; told when its life ends. Of an arrival it does nothing. */
  tally: (name: TallyName<V>, phase: string, ms: number) => void
  /** The end of a resident's life: tells what was kept until then. */
  end: () => void
  /** A value that plain k6 shows as a percentile. */
  measure: (name: ObservationName<V>, kind: PhaseKind, ms: number) => void
  /** As measure, for what rules judge by its mean. `sentAt` is when it began, in Unix ms. */
  time: (name: ObservationName<V>, kind: PhaseKind, ms: number, sentAt: number) => void
  /** A value of the target at a time (Unix ms; now when left out). */
  point: (name: PointName<V>, value: number, t?: number) => void
  /** What people are to read beside what is judged of an observation in phases of a kind; the last words count. */
  show: (name: ObservationName<V>, kind: PhaseKind, words: string) => void
  /** What one unit of the load, such as a worker, got for what it had to offer; told once, or in parts that add up. */
  share: (
    name: ObservationName<V>,
    kind: PhaseKind,
    part: { unit: string; quantity: number; capacity: number },
  ) => void
  /**
   * Something is back to normal, or was not while it was watched: a wait since `from`, in Unix ms like its end `at`, which is null
   * where it was not seen by `watchedUntil`.
   */
  backToNormal: (
    name: ObservationName<V>,
    wait: { from: number; at: number | null; watchedUntil: number },
  ) => void
  /** A fault that this actor commits has taken hold, at a time in Unix ms. */
  faultBegun: (fault: string, t: number) => void
  /** It was over after so many seconds; null: that was not seen. */
  faultOver: (fault: string, seconds: number | null) => void
  /** Tells an oracle of the history, or of the state in the end. */
  tell: (event: OracleEvent) => void
  sleep: (seconds: number) => void
}

/** Who lives in a system. Each takes the world as its own system sees it. */
export interface Actors {
  /**
   * By name: a resident runs it once for its whole life, an arrival once. Getters, where a virtual user is to evaluate only the
   * one that it lives: it is asked for once for all arrivals of a stretch.
   */
  actors: Record<string, (world: never) => void>
  /** Sends one request per step, see first-requests.ts. */
  preflight: (world: never) => Preflight
  /** What is left in the target when all actors are gone, in words; empty when nothing is. */
  leftovers: (world: never) => string[]
}

/** What the first requests found out about the target. */
export interface Preflight {
  /** Answers that were not as expected, in words. */
  problems: string[]
  /** Observations that it cannot report. */
  missing: string[]
  /** By name of what is missing: why, where there is more to say than that it is. */
  reasons?: Record<string, string>
  /** Steps that it does not understand, and observations that rest on them, with the reason: nothing of theirs says how well it works. */
  wrong?: Record<string, string>
  /** What became of each of the system's checks; of one that is not named here nobody knows. */
  checks?: Record<string, CheckResult>
  /** Whether any request got an answer. */
  reached: boolean
}

/** A check that was violated is the target's failure, and no reason not to begin; one that was not made has to say why. */
export type CheckResult =
  | { is: 'kept' }
  /** `request` is the one that showed it. */
  | { is: 'violated'; how: string; request?: Pick<Answer<unknown>, 'correlationId' | 'sentAt'> }
  | { is: 'not made'; why: string }
