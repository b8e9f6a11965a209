// What a system under test brings: its names, its criteria, and its cases (the source's numbers).
import type { Settings, SystemVariables } from '../input/settings.ts'
import type { Criterion, PhaseKind } from '../../verdict/criterion.ts'
import type { Expectation } from '../../verdict/expectation.ts'
import type { PhaseShape } from './phase.ts'
import type { JudgedName, ObservationName, PointName, StepName, Vocabulary, Yields } from './vocabulary.ts'

/** How an actor is offered. A rate or number "level" is the planned level of each moment. */
export type Load<V extends Vocabulary = Vocabulary> = { actor: string } & (
  | Residents<V>
  /** As many residents as it takes when each can look after so many arrivals of another actor a second. */
  | { residentsPer: { arrivalsOf: string; perSecond: number } }
  | Arrivals<V>
  | Job<V>
)

/** They live through the run. */
export interface Residents<V extends Vocabulary = Vocabulary> {
  residents: 'level' | number
  /** What each leads to once, or each time that it joins. */
  yieldsEach?: Yields<V>
  /** And every second. The steps among them are its requests, for the announced peak. */
  yieldsPerSecond?: Yields<V>
}

/** They come at an open rate, and go. */
export interface Arrivals<V extends Vocabulary = Vocabulary> {
  /** A second: the level, a fixed number, or a share of what the system can serve at the level. */
  arrivals: 'level' | number | { ofCapacity: number }
  /** Whether these are the work that the system is for: the phases' arrival factor and backlog apply to it. */
  work: boolean
  /** Longest time one arrival may hold its virtual user, in seconds: its requests' time-out. */
  holdSeconds: number
  /** How long many of them at once may hold theirs, so that so many are made ready; half a second when left out. */
  readySeconds?: number
  /** What one arrival leads to on average. */
  yields: Yields<V>
  /** Requests that one arrival leads to in all, looks and polls included: for the announced peak. */
  requests: number
  /** The steps and observations that are missing, as bad ones, when k6 has no virtual user for an arrival. */
  opensWith: (StepName<V> | ObservationName<V>)[]
}

/**
 * It simulates the whole plan: the phases of a plan with a job are in simulated time, and the run ends when its jobs do. Loads of
 * other kinds live in real time and cannot come beside it.
 */
export interface Job<V extends Vocabulary = Vocabulary> {
  job: true
  /** The longest real time that it may take, such as "15m"; what it has not brought by then is missing. */
  atMost: string
  /** What it brings in all phases of a kind together. */
  yields: Partial<Record<PhaseKind, Yields<V>>>
  /** Requests a second that it sends meanwhile, for the announced peak. */
  requestsPerSecond: number
}

/** What a scenario's file declares: its name, and the numbers that a case gives it. */
export interface Scenario {
  name: string
  numbers: object
}

/**
 * One scenario with the source's numbers. `Added` is what the system adds to each phase for its actors.
 */
export interface Case<
  S extends Scenario = Scenario,
  V extends Vocabulary = Vocabulary,
  Added extends object = object,
> {
  /** Such as shop/S1. */
  id: string
  scenario: S['name']
  /** The source's own words. */
  source: string
  /**
   * Which of the source's (or a smaller profile's) numbers; undefined when the case has no such profile. `settings` are the
   * system's own variables, as far as they were given.
   */
  numbers(profile: string, settings: Settings): S['numbers'] | undefined
  /** Who comes. */
  actors(numbers: S['numbers']): Load<V>[]
  /** Work a second that the system can serve at a level, of at most so much in the whole plan; left out where nobody knows. */
  capacity?(level: number, most: number): number
  /** What actors have to know of a phase besides; `level` is the highest of the phase, `most` that of the whole plan. */
  phase?(shape: PhaseShape, level: number, most: number): Added
  /** Whether a history of every write is kept, for oracles. */
  history?: boolean
  /** Criteria by id without the system's prefix. */
  criteria: string[]
  /** Those without which a PASS would be hollow. */
  required: string[]
  /** What the source expects to see in it, by id without the system's prefix: reported, and never judged. */
  expectations?: string[]
}

/** A fault that actors commit themselves, in words: what is looked at, and what their number means meanwhile and after. */
export interface ActorFault {
  what: string
  during: string
  after: string
}

/** A system under test. Read at start only, never by a virtual user. */
export interface System<V extends Vocabulary = Vocabulary, Added extends object = object> {
  /** What its levels are counted in, in the plural, such as "workers". */
  unit: string
  /** Of its usual load: requests a second that one processor of k6 sends, measured; left out where they are as small as most. */
  requestsPerCore?: number
  names: V
  /** By id without the system's prefix. */
  criteria: Record<string, Criterion<JudgedName<V>>>
  /** By id without the system's prefix: figures that the source expects to see, which are no promises. */
  expectations?: Record<string, Expectation<JudgedName<V> | PointName<V>>>
  /** In the order in which they are listed; the first one of a scenario stands for it. */
  cases: Case<Scenario, V, Added>[]
  /** By driver: the faults that its actors commit themselves. */
  actorFaults?: Record<string, ActorFault>
  /** Names of the variables that hold this system's credentials, by their use. */
  credentials: Record<string, string>
  /** What a target file may name among its endpoints, and what is there; left out where everything is at the base address. */
  endpoints?: Record<string, string>
  /** Its own variables of a run, by name, such as CACHE_SIZE. */
  variables?: SystemVariables
}

/** A system whose names are checked where it is written down. The kit, which knows none of them, sees plain names. */
export const systemOf = <V extends Vocabulary, Added extends object>(system: System<V, Added>): System =>
  system as unknown as System
