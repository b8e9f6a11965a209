// What a system under test brings: its cases (the source's numbers), its criteria, and its actors.
import type { Criterion } from '../verdict/criterion.ts'

/** How an actor is offered: so many residents that live through the run, or arrivals at an open rate. */
export type ActorLoad =
  | { actor: string; resident: 'planned' }
  | { actor: string; resident: number }
  /** As many as it takes when each can look after so many arrivals of another actor a second. */
  | { actor: string; residentPer: { arrivalsOf: string; perSecond: number } }
  | {
      actor: string
      /** Arrivals as a share of what the planned workers can serve, plus a rate per second of its own. */
      arrivals: { ofCapacity: number; perSecond: number }
      /** Whether the phases' arrival factor and backlog apply to it. */
      follows: boolean
      /** Longest time one arrival may hold its virtual user, in seconds: its requests' time-out. */
      holdSeconds: number
      /** Observations that one arrival is sure to lead to, by the names that rules use. */
      yields: Record<string, number>
      /** Requests that one arrival leads to in all, looks and polls included: for the announced peak. */
      requests: number
      /** The observations that are missing, as bad ones, when k6 has no virtual user for an arrival. */
      opensWith: string[]
    }

export interface CaseDefinition<Numbers extends object = object> {
  /** Such as cocoon/S1. */
  id: string
  /** The source's own words. */
  source: string
  /** Which of the source's (or a smaller profile's) numbers; undefined when the case has no such profile. */
  numbers: (profile: string) => Numbers | undefined
  /** The mean time of one task's work in seconds, with so many workers. */
  workSeconds: (workers: number) => number
  actors: ActorLoad[]
  /** Criteria by id without the system's prefix. */
  criteria: string[]
  /** Those without which a PASS would be hollow. */
  required: string[]
}

/** A system's cases by scenario, and its criteria. Read at start only, never by a virtual user. */
export interface SystemCases {
  cases: Record<string, CaseDefinition[]>
  criteria: Record<string, Criterion>
  /** Steps that latency and error criteria of several steps judge. */
  apiSteps: string[]
  /** Other steps, for the table of steps. */
  otherSteps: string[]
  /** Everything else that its actors observe, and that rules may name. */
  observations: string[]
  /**
   * Observations that must account for every promise: by name, the observation that counts promises kept back for
   * later (an accepted task), and the one that counts requests of which it is not known whether they made one.
   */
  accounts: Record<string, { promised: string; unsure: string }>
  /** Names of the variables that hold this system's credentials, by their use. */
  credentials: Record<string, string>
}
