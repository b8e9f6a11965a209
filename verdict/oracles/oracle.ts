// An oracle: a pure function from a history, and the state in which the system came to rest, to findings. The registry of a
// system's oracles is its oracles.ts.
import type { PhaseKind } from '../criterion.ts'

/**
 * What actors tell for an oracle: an entry of the history, or a part of the state in the end, which may be too long for one
 * line. The types are the oracle's own; an entry is kept beside its oracle's name, so it has no field `oracle`.
 */
export type OracleEvent<Name extends string = string, Entry = unknown, Part = unknown> =
  { event: 'history'; oracle: Name; entry: Entry } | { event: 'state'; oracle: Name; part: Part }

export interface OracleDefinition<Entry = unknown, Part = unknown> {
  /** Each law in one sentence, for people. */
  laws: Readonly<Record<string, string>>
  begin(): Oracle<Entry, Part>
}

export interface Oracle<Entry = unknown, Part = unknown> {
  /** Takes parts of the state in the end as they are told, while the run goes on: keep no more than the last state. */
  addState(part: Part): void
  /**
   * Once, when the run is over. Null where nothing was told that a history could be held against: then nothing was judged.
   * @param run.lastAt when the load or the last disturbance ended, whichever was later, in Unix ms
   */
  check(run: { lastAt: number }): HistoryCheck<Entry> | null
}

/** Takes a history entry by entry, in any order that keeps each process's own. */
export interface HistoryCheck<Entry = unknown> {
  add(entry: Entry): void
  /** Null where nothing was told. */
  findings(): Findings | null
  /** What it put together, for rules of this oracle: asked for after the findings. */
  joined?(): JoinedSample[]
}

/** An observation that no actor could make alone, put together from what several of them saw. */
export interface JoinedSample {
  /** An observation of the system's vocabulary. */
  of: string
  kind: PhaseKind
  /** When it began, in Unix ms. */
  t: number
  /** At the least; held against the limits of rules. Left out where it is no time. */
  ms?: number
  /** It may have been so long: nobody knows whether a limit between the two was kept. `ms` where left out. */
  atMostMs?: number
  /** What was wrong with it, whatever its time; null for nothing. */
  bad: string | null
  /** Nobody but the target can say whether it counts. */
  leftOut?: true
  /** Nobody can say whether it was bad. */
  unresolved?: true
  correlationId?: string
}

/** One of the few events that show a violation. */
export interface ShownEvent {
  /** Null for what was so in the end. */
  t: number | null
  /** A process, or a part of the system that holds something in the end. */
  who: string
  text: string
}

export interface Violation {
  law: string
  /** When it was seen, or when what it is about began; the time of the last reading where no actor had a part in it. */
  t: number
  text: string
  /** The few events that show it, in time order, what was so in the end last. */
  events: ShownEvent[]
}

/** Something that an oracle added up, to be read beside the laws. */
export interface Figure {
  name: string
  /** What it is, for people. */
  text: string
  /** Null where it is not known. Text where a number would lose digits. */
  value: string | number | null
  /** The value with its unit, as people read it. */
  shown: string
}

/** What an oracle found. Plain data: it stands in verdict.json. */
export interface Findings {
  title: string
  /** What each law says, how many things were held against it, and how many were not as it wants. */
  laws: Record<string, { says: string; checks: number; violations: number }>
  /** The first ones of each law. */
  violations: Violation[]
  /** Operations of which it stays unknown what became of them. */
  unresolved: number
  /** Why, even without a violation, not all is known to be well. */
  undecided: string[]
  figures: Figure[]
}
