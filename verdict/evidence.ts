// Evidence: mergeable facts that support a criterion. Everything here adds up over shards in space (many k6 processes)
// and in time (the epochs of a soak), in any order and grouping.
import type { PhaseKind } from './criterion.ts'
import type { WithFigures } from './figures.ts'
import type { MachineEvidence } from './machine-evidence.ts'
import type { Findings } from './oracles/oracle.ts'

/** How many of n observations were bad, with [n, bad] for each second (Unix time) when the seconds are known. */
export interface Counts {
  type: 'counts'
  n: number
  bad: number
  blocks?: Record<string, [n: number, bad: number]>
  /**
   * More operations, not among n, of which it is not known whether they were bad or should count. While there are any, a `never`
   * rule is UNDECIDED; a share is PASS only if it stays one with all of them bad, FAIL only if it stays one with all of them good.
   */
  unresolved?: number
  /** Names of what is judged together with all else and was never observed: then the rule is UNDECIDED, too. */
  unobserved?: string[]
  /** Observed, and not among n: nobody but the target can say whether they count. While they are many, nothing is met. */
  leftOut?: number
  /** The phases in each of which the rule has to hold. They need `blocks`. */
  steps?: LoadStep[]
  /** Of `bad`: those that failed or were far over the limit, see fine-limits.ts. */
  far?: number
  account?: PromiseAccount
  /** Of a settled account that does not come out even: what was promised and what was found, in words. */
  imbalance?: string
}
/** A phase at one level of the load; its time in Unix ms. */
export type LoadStep = { level: number } & Pick<PhaseSpan, 'start' | 'end'>
/** The sums of two independent hashes of keys, each modulo 2^32: see lib/drive/key-sums.ts. */
export type KeySums = [first: number, second: number]
/**
 * Of promises kept back for later: how many were made, and how many requests may have made one; how many were found is the `n`
 * beside it. `keys` has the sums of what was promised less those of what was found, and the sums of what may have been promised;
 * without it only numbers can be compared. See accounted().
 */
export interface PromiseAccount {
  promised: number
  unsure: number
  /** Of those who were looked for, in any phase: how many nobody could look at. None when left out. */
  unread?: number
  keys?: { open: KeySums; unsure: KeySums }
}
/** A logarithmic histogram: bucket b holds values in (growth^(b-1), growth^b]; zero and below are bucket "zero". */
export interface Histogram {
  type: 'histogram'
  growth: number
  buckets: Record<string, number>
}
/** How many values there were and their sum, with [n, sum] for each second (Unix time) in which they began. */
export interface Moments {
  type: 'moments'
  n: number
  sum: number
  seconds: Record<string, [n: number, sum: number]>
}
/** A quantity per unit (allocations per worker) with the capacity it had (hours of presence). */
export interface Units {
  type: 'units'
  units: Record<string, { quantity: number; capacity: number }>
}
/** Points [Unix time in ms, value], in time order. */
export interface Series {
  type: 'series'
  points: [t: number, value: number][]
}
/** A moment waited for since `from` (Unix ms). `at` is null while it was not seen by `watchedUntil`: censored. */
export interface EventTime {
  type: 'event'
  from: number
  at: number | null
  watchedUntil: number
  /** Of several waits of which one ended and another did not: the longest of the other sort. */
  other?: { from: number; at: number | null; watchedUntil: number }
}
/** Events over an exposure: seconds, or the level times seconds. */
export interface Rate {
  type: 'rate'
  events: number
  exposure: number
  /** Events in each whole stretch of the rule's length, by the Unix second in which it begins. */
  windows?: Record<string, number>
}
/** The rates of two sides. */
export interface RatePair {
  type: 'rate-pair'
  now: Omit<Rate, 'type'>
  before: Omit<Rate, 'type'>
}
/** The histograms of two sides, of the same growth. */
export interface HistogramPair {
  type: 'histogram-pair'
  now: Omit<Histogram, 'type'>
  before: Omit<Histogram, 'type'>
}
/** What services used in one block of time. */
export interface ResourceBlock {
  samples: number
  /** Bytes of its own, without what processes share: the least and the mean of the block. */
  memoryLeast: number
  memoryMean: number
  cpuSeconds: number
  /** How long its samples reach; a second each when left out, as where only growth and cost are judged. */
  seconds?: number
  openFilesMost: number
  /** -1 where the service reports none. */
  connectionsMost: number
}
/** What services used by block of judged time, and the work completed in it. A block's key is Unix seconds / blockSeconds. */
export interface Resources {
  type: 'resources'
  blockSeconds: number
  work: Record<string, number>
  services: Record<string, Record<string, ResourceBlock>>
  /** By service: how many processors it may use, where their use is judged and that is known. */
  cores?: Record<string, number>
}
/** A figure of the target, and when it was told (Unix ms). */
export interface Told {
  t: number
  value: number
}
/**
 * What actors saw in the whole run, the rest after the load included, and a figure that the target has of the same. Beside `n`
 * are the first requests of a run and what is asked after a load.
 */
export interface Agreement {
  type: 'agreement'
  are: 'requests' | 'observations'
  n: number
  /** Of these, where the rule asks for good or bad ones: those that were bad, or not good. */
  bad: number
  /** Of these: requests without an answer (of observations: more that nobody could make for want of one), and at most how many k6 sent twice. */
  unanswered: number
  repeated: number
  /** After the load of a process, and not among n. */
  asked: number
  /** Last told before the load began, and last of all, once all have left; null where it was not told then. */
  figure?: { before: Told | null; last: Told | null }
  /** Whether this is not all of the run. */
  isPart?: true
}
/** What the times of evidence are counted by: a clock on the wall, or the simulated time of a job. */
export type Clock = 'wall' | 'virtual'

/** Without a clock it is real time: only there can a generator or a machine that was too slow have spoilt it. */
export type Evidence = (
  | Counts
  | Histogram
  | Moments
  | Units
  | Series
  | EventTime
  | Rate
  | RatePair
  | HistogramPair
  | Resources
  | Agreement
) & { clock?: 'virtual' }

/** What k6 counts of one phase. */
export interface PhaseCounts {
  phase: string
  kind: PhaseKind
  /** By group of steps: requests that were sent in it, and arrivals that would have begun with one and were dropped. */
  groups: Record<string, { requests: number; dropped: number }>
  /** Arrivals of any kind that found no free virtual user, because the target held them all: never sent, and bad. */
  dropped: number
}

/** One phase as it was loaded and answered: what a ramp is judged by, step by step. */
export interface PhaseRow extends PhaseCounts {
  /** The planned level, as its mean over the phase. */
  level: number
  seconds: number
  /** Arrivals of work offered in the phase. */
  offered: number
  /** Work completed while it lasted, and that of its own arrivals that was completed in time. */
  completed: number
  inTime: number
  /** By evidence key how many requests broke that rule. */
  bad: Record<string, number>
}

/** One operation that broke a rule: a line of the witness. No bodies, no secrets. */
export interface BadOperation {
  /** Unix time in ms at which it started. */
  t: number
  step: string
  status: number
  ms: number
  correlationId: string
  phase: string
  /** Evidence keys of the rules that it broke. */
  rules: string[]
  /** k6's or the actor's word for what went wrong. */
  detail?: string
  /** How many bad observations it stands for, where they were counted at once; one when left out. */
  count?: number
}

/** One phase as it ran. Times are Unix ms. */
export interface PhaseSpan {
  name: string
  kind: PhaseKind
  start: number
  end: number
}

/** How well the generator did its own work. */
export interface GeneratorEvidence {
  /** Arrivals that the plan asked for, that started, and that k6 had no virtual user for. */
  planned: number
  started: number
  dropped: number
  /**
   * Scheduling lag: probes, and how many were over the limit of 25 ms. `fine` has by each lag in ms that a fine limit allows how
   * many were over it; without, which earlier evidence is, nothing is said of such limits.
   */
  lag: {
    n: number
    over: number
    p99Ms: number
    p50Ms?: number
    p95Ms?: number
    fine?: Record<string, number>
  }
  /** Cores that k6 used on average, and the share of its wanted time in which it waited for a core; null: not measured. */
  cpu: { cores: number; waitShare: number } | null
  /** Exceptions in the scenario's own code. */
  exceptions: number
}

/** A row of the per-step table. Times are ms. */
export interface StepRow {
  step: string
  requests: number
  failed: number
  refused: number
  p50: number
  p95: number
  p99: number
  max: number
}

/** Which run, and which part of it, evidence is of. */
interface EvidenceHeader {
  schema: 2
  run: string
  /** 1-based, `of` how many. */
  shard: number
  of: number
  scenario: string
  system: string
  case: string
  profile: string
  seed: number
  /** A digest of plan and criteria; shards of one run agree in it. */
  plan: string
  /** False while the process was cut off before its end. */
  complete: boolean
  started: number
  ended: number
}

/** What one k6 process counted: facts only, and nothing that it could not see. Mergeable over all processes of a run. */
export interface ProcessEvidence extends EvidenceHeader, WithFigures {
  /** By how many ms it missed the common start of all shards; left out when it did not. */
  late?: number
  /** By evidence key: counts of rules that k6 counts for. */
  rules: Record<string, Evidence>
  generator: GeneratorEvidence
  steps: StepRow[]
  byPhase: PhaseCounts[]
  /** Requests that were seen to be sent again after their connection broke; left out where there were none. */
  repeated?: number
  /** By evidence key: what is to be shown beside what is judged, in words: the percentile as k6 itself has it, and what actors say. */
  shown?: Record<string, string>
}

/** The evidence of a whole run, completed with what was told and sampled: all that a verdict rests on. */
export interface RunEvidence extends Omit<ProcessEvidence, 'byPhase'> {
  phases: PhaseSpan[]
  byPhase?: PhaseRow[]
  bad: BadOperation[]
  /** Why some of the evidence that actors brought does not fit together. */
  misfits?: string[]
  /** What became of the machine. */
  machine?: MachineEvidence
  /** By oracle: what it found in the history that was kept for it. */
  findings?: Record<string, Findings>
  /** By observation: how long each took, or was waited for, in ms. */
  times?: Record<string, Histogram>
}
