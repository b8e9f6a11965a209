// What a system under test brings: its cases (the source's numbers), its criteria, and its actors.
import type { Criterion } from '../verdict/criterion.ts'

/** How an actor is offered: so many residents that live through the run, or arrivals at an open rate. */
export type ActorLoad =
  | {
      actor: string
      resident: 'planned'
      /** Observations that each join leads to, and that each resident leads to every second, by name. */
      yieldsPerJoin: Record<string, number>
      yieldsPerSecond: Record<string, number>
    }
  | {
      actor: string
      resident: number
      /** Observations that each resident makes once. */
      yieldsEach?: Record<string, number>
      yieldsPerSecond?: Record<string, number>
    }
  /** As many as it takes when each can look after so many arrivals of another actor a second. */
  | { actor: string; residentPer: { arrivalsOf: string; perSecond: number } }
  | {
      actor: string
      /** Arrivals as a share of what the planned workers can serve, plus a rate per second of its own. */
      arrivals: { ofCapacity: number; perSecond: number }
      /** Whether these are the work that the system is for: the phases' arrival factor and backlog apply to it. */
      work: boolean
      /** Longest time one arrival may hold its virtual user, in seconds: its requests' time-out. */
      holdSeconds: number
      /** How long many of them at once may hold theirs, so that so many are made ready; half a second when left out. */
      readySeconds?: number
      /** Observations that one arrival leads to on average, by the names that rules use. */
      yields: Record<string, number>
      /** Requests that one arrival leads to in all, looks and polls included: for the announced peak. */
      requests: number
      /** The observations that are missing, as bad ones, when k6 has no virtual user for an arrival. */
      opensWith: string[]
    }

// A table of cases holds definitions of all kinds of numbers; each is given its own only.
// oxlint-disable-next-line typescript/no-explicit-any
export interface CaseDefinition<Numbers = any> {
  /** Such as cocoon/S1. */
  id: string
  /** The source's own words. */
  source: string
  /** Which of the source's (or a smaller profile's) numbers; undefined when the case has no such profile. */
  numbers: (profile: string) => Numbers | undefined
  /** The mean time of one task's work in seconds, with so many workers of at most so many in the whole plan. */
  workSeconds: (workers: number, most: number) => number
  /** How long clients are willing to wait for a worker, in seconds, with such work; left out: for ever. */
  patienceSeconds?: (workSeconds: number) => number
  actors: (numbers: Numbers) => ActorLoad[]
  /** Whether a history of every write is kept, for criteria that need the whole of it. */
  history?: boolean
  /** Criteria by id without the system's prefix. */
  criteria: string[]
  /** Those without which a PASS would be hollow. */
  required: string[]
}

/** A fault that actors commit themselves, in words: what is looked at, and what their number means meanwhile and after. */
export interface ActorFault {
  what: string
  during: string
  after: string
}

/** A system's cases by scenario, and its criteria. Read at start only, never by a virtual user. */
export interface SystemCases {
  cases: Record<string, CaseDefinition[]>
  criteria: Record<string, Criterion>
  /** Steps that latency and error criteria of several steps judge. */
  apiSteps: string[]
  /** Other steps, for the table of steps, and those of cases that keep a history. */
  otherSteps: string[]
  historySteps: string[]
  /** Everything else that its actors observe, and that rules may name. */
  observations: string[]
  /** What its residents tally: the values that comparing rules may name. */
  tallies: string[]
  /**
   * Observations that must account for every promise: by name, the observation that counts promises kept back for
   * later (an accepted task), and the one that counts requests of which it is not known whether they made one; left out
   * where these are found out about one by one.
   */
  accounts: Record<string, { promised: string; unsure?: string }>
  /** What its levels are counted in, in the plural, such as "workers". */
  unit: string
  /** By driver: the faults that its actors commit themselves. */
  actorFaults: Record<string, ActorFault>
  /** Names of the variables that hold this system's credentials, by their use. */
  credentials: Record<string, string>
}

/** The steps that a plan's actors may take. */
export const stepsOf = (
  { apiSteps, otherSteps, historySteps }: SystemCases,
  { history }: { history: boolean },
): string[] => [...apiSteps, ...otherSteps, ...(history ? historySteps : [])]
