// The shape of verdict.json, for every kind of run. Fields are added, never renamed; what earlier versions wrote is read by
// read-verdict.ts.
import type { Capacity } from './capacity.ts'
import type { BadOperation, PhaseSpan, StepRow } from './evidence.ts'
import type { ExpectationVerdict } from './expectations.ts'
import type { FineLimit } from './fine-limits.ts'
import type { Findings, Violation } from './oracles/oracle.ts'

export const statuses = ['PASS', 'FAIL', 'UNDECIDED', 'INVALID'] as const
export type Status = (typeof statuses)[number]

/** The exit code of each verdict; 64 is wrong use. */
export const exitCodes: Record<Status, number> = { PASS: 0, FAIL: 1, UNDECIDED: 2, INVALID: 3 }
export const wrongUse = 64

export interface Witness {
  /** Unix ms of the first bad operation. */
  first: number
  /** Up to ten. */
  operations: BadOperation[]
  /** Bad operations per minute of the run, by ISO minute. */
  perMinute: Record<string, number>
  /** Lines of service logs around the first bad operation. */
  log: string[]
  /** The exact command that repeats the run. */
  repeat: string
  /** Of laws: each violation with the few events that show it. Up to ten. */
  violations?: Violation[]
}

export interface CriterionVerdict {
  id: string
  text: string
  source: string
  status: Status
  /** The limit in words ("P95 < 500 ms") and, for the rule that decided, as a number in `unit`. */
  limit: string
  limit_value: number
  unit: string
  /** What was observed, in words and as a number in `unit`; null when nothing was. */
  observed: string
  observed_value: number | null
  samples: number
  /** Samples that would decide at the observed rate; 0 when decided. */
  needed: number
  /** The one-sided 95 % bounds of the observed value, lower and upper; null when there are none. */
  interval: [number, number] | null
  phase: string
  reason: string
  witness: Witness | null
}

/** How long an observation took, in ms; of those that were waited for in vain, how long that was. */
export interface TimeRow {
  n: number
  p50: number
  p95: number
  p99: number
  max: number
}

/** What became of one fault. Times are Unix ms. */
export interface FaultVerdict {
  id: string
  driver: string
  target: string
  settings: Record<string, string | number>
  /** How long it was to last. */
  seconds: number
  start: number
  end: number
  bite: boolean
  healed: boolean
  /** What was looked at apart from what injected it, and what it showed; null where nobody could look. */
  effect: { what: string; before: string; during: string; after: string } | null
  /** From its injection until it showed, and from its end until all was as before; null: it did not. */
  bite_ms: number | null
  heal_ms: number | null
  /** What was left of it in the end, in words. */
  residue: string[]
  /** Why it could not be injected, ended or looked at. */
  problem: string | null
}

export interface MachineVerdict {
  cores: number
  /** The mean share of the processors that other programs had. */
  taken: number
  /** The service that waited longest for a core, and the share of the time in which it wanted one; null: none was sampled. */
  waiting: { service: string; share: number } | null
  /** Stretches of five seconds, and those in which services waited for cores that other programs had. */
  stretches: number
  starved: number
  /** Whether load and latency are INVALID for it. */
  spoils: boolean
  /** Why this is shown and not judged; null where it is judged. */
  unjudged: string | null
}

export interface Verdict {
  schema: 2
  run: string
  scenario: string
  system: string
  case: string
  profile: string
  partial: boolean
  seed: number
  /** What the levels of the load are counted in, such as "workers"; empty where there are none. */
  unit: string
  /** Set where the phases were simulated: then their times are simulated ones after the start. */
  clock?: 'virtual'
  target: string
  started: string
  seconds: number
  verdict: Status
  /** One line: "PASS 11 of 11", "FAIL 3 of 11: load.latency-p95". */
  line: string
  /** Set where nothing was measured: no request got an answer, or no load was sent. No gate lets that through. */
  measured?: false
  /** Why the run as a whole is what it is, where the criteria alone do not say it. */
  reasons: string[]
  criteria: CriterionVerdict[]
  faults: FaultVerdict[]
  generator: {
    offered: number
    delivered: number
    dropped: number
    /** Null where it was not measured. */
    lag_ms: number | null
    /** Its median and P95, as lag_ms is its P99; left out by earlier versions. */
    lag_p50_ms?: number
    lag_p95_ms?: number
    /** Limits so fine that the lag matters to them, each held against it; left out where there are none. */
    fine_limits?: FineLimit[]
    cpu: number | null
  }
  /** The processors while load and latency were judged; left out where nobody sampled them. */
  machine?: MachineVerdict
  not_claimed: { id: string; why: string }[]
  phases: PhaseSpan[]
  steps: StepRow[]
  /** Of a run that was loaded step by step: what it held, and where it bends. */
  capacity?: Capacity
  /** By oracle: what its laws were held against and what it found. */
  findings?: Record<string, Findings>
  /** By observation that criteria judge by its time. */
  times?: Record<string, TimeRow>
  /** What the source expects to see, beside what was measured. It changes no status. */
  expectations?: ExpectationVerdict[]
  leftovers: string[]
  repeat: string
}
