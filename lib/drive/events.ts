// What a run tells while it goes: one JSON line per event on the console of its k6 process. Written and read here alone.
import type { Preflight } from './actor.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { BadOperation, Evidence } from '../../verdict/evidence.ts'
import type { OracleEvent } from '../../verdict/oracles/oracle.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'

/** Times are Unix ms where nothing else is said. */
export type RunEvent =
  /** The load begins: T0 of the whole run. */
  | { event: 'start'; t0: number }
  /**
   * What the first requests found out; where none of them was answered, k6's word for why; and why the load did not begin after
   * them, where it did not.
   */
  | ({ event: 'preflight'; cause?: string; stopped?: string } & Preflight)
  /** A request or another observation that broke rules. */
  | ({ event: 'bad' } & BadOperation)
  /** What one unit of the load got (`quantity`) for what it had to offer (`capacity`) in phases of a kind. */
  | { event: 'unit'; of: string; kind: PhaseKind; unit: string; quantity: number; capacity: number }
  /** One actor's histogram of a value in a phase, see lib/drive/tally.ts. */
  | { event: 'tally'; of: string; phase: string; growth: number; buckets: Record<string, number> }
  /** Finished evidence of what was observed in phases of a kind. */
  | { event: 'evidence'; of: string; kind: PhaseKind; evidence: Evidence }
  /** A value that changes over time. */
  | { event: 'point'; of: string; t: number; value: number }
  /** A value that came with an observation; only of those of which a source expects one. */
  | { event: 'value'; of: string; t: number; value: number }
  /** Good answers that a rule of a rate counts, seen by one virtual user in the stretch from a Unix second on. */
  | { event: 'answers'; of: string; from: number; n: number }
  /** What is to be read beside what is judged of an observation in phases of a kind, in words. */
  | { event: 'shown'; of: string; kind: PhaseKind; words: string }
  /** How long something took that began at `t` in a phase of that kind. */
  | { event: 'time'; of: string; kind: PhaseKind; t: number; ms: number }
  /** Something is back to normal `at` a time, or was not while it was watched. */
  | { event: 'back'; of: string; from: number; at: number | null; watchedUntil: number }
  /** For an oracle. */
  | OracleEvent
  /** A fault that actors commit themselves has taken hold; and it is over, or was not seen to be (null). */
  | { event: 'actor-fault'; fault: string; t: number; stage: 'begun' }
  | { event: 'actor-fault'; fault: string; t: number; stage: 'over'; seconds: number | null }
  /** What became of a fault that k6 injected. */
  | { event: 'fault'; verdict: FaultVerdict }
  /** What the run left in the target, in words. */
  | { event: 'leftovers'; left: string[] }

/** The event of this name. */
export type EventOf<Name extends RunEvent['event']> = Extract<RunEvent, { event: Name }>

/** Writes one event. Only where a runner reads the console: everybody else would see it as noise. */
export const writeEvent = (event: RunEvent): void => console.info(JSON.stringify(event))

/** A warning or an error of k6 itself. */
export interface ConsoleProblem {
  event: 'problem'
  message: string
}

/** k6 wraps each line of its console as { level, msg, time }. Null for a line that is neither an event nor a problem. */
export function readEvent(line: string): RunEvent | ConsoleProblem | null {
  let outer: { level?: string; msg?: string }
  try {
    outer = JSON.parse(line) as { level?: string; msg?: string }
  } catch {
    return null
  }
  const message = outer.msg ?? ''
  if (message.startsWith('{"event":')) return JSON.parse(message) as RunEvent
  return outer.level === 'warning' || outer.level === 'error' ? { event: 'problem', message } : null
}
