// What actors tell of waiting: who submitted what, who was given it, who hung in a poll meanwhile, and what the target says of it
// all. Times are Unix ms by the clock of the actors, but for those of records, which are the target's own.
import type { PhaseKind } from '../../criterion.ts'
import type { OracleEvent } from '../oracle.ts'

/** A submission that was accepted. */
export interface Submitted {
  type: 'submitted'
  key: string
  kind: PhaseKind
  /** What a worker has to have to be able to do it. */
  size: number
  /** From the first attempt to the answer that accepted it. */
  sentAt: number
  answeredAt: number
  /** As the answer says it. */
  acceptedAt: number
  /** How much of its wait comes of the queue that the plan makes. */
  plannedMs: number
}

/** A poll was answered with a task. */
export interface Given {
  type: 'given'
  key: string
  /** By the target's name for it; it has the task for itself for so long, null where nobody knows. */
  workerId: string
  leaseMs: number | null
  /** Of that poll, or of the first in an unbroken row of polls without a task that it ended: see Polled. */
  begunAt: number
  answeredAt: number
  correlationId: string
}

/** A watched worker hung in an unbroken row of polls, of which at most the last one gave it a task. Short rows are not told. */
export interface Polled {
  type: 'polled'
  worker: string
  begunAt: number
  answeredAt: number
}

/** A watched worker was there, in a poll or at work. */
export interface Present {
  type: 'present'
  worker: string
  size: number
  from: number
  until: number
}

/** What the record of a task that has ended says of its wait; null for what it does not say. */
export interface Shown {
  type: 'shown'
  key: string
  acceptedAt: number
  assignedAt: number
  ableIdleMs: number | null
  attempts: number | null
  /** The worker whose result it has. */
  doneBy: string | null
}

/** A look at how many tasks wait, as the target says. */
export interface Looked {
  type: 'looked'
  kind: PhaseKind
  sentAt: number
  answeredAt: number
  waiting: number
}

export type WaitEntry = Submitted | Given | Polled | Present | Shown | Looked

/** What actors tell for it. */
export type WaitEvent = OracleEvent<'waits', WaitEntry, never>
