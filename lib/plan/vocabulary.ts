// Every name of a system under test, declared once. Types only: actors are checked against the names without carrying them.

/** One kind of request or exchange. */
export interface Step {
  /** Sets of steps that criteria judge together, and that are counted by phase. */
  groups?: readonly string[]
  /** Taken only in cases that keep a history. */
  history?: true
  /** Taken only by this actor, and by the first requests of a case in which it takes part. */
  by?: string
}

/** A named fact that actors check, such as how long a task waited. */
export interface Observation {
  /**
   * Set where each of these is a promise that was looked for and found, with the names of the other observations of the account.
   * All but `unread` are made with the key of what was promised, in the phase kind in which it was to be asked for, so that it
   * shows whether what is found is what was promised.
   */
  accountsFor?: {
    /** Counts what was promised, such as an accepted order. */
    promised: string
    /** Counts requests of which it is not known whether they promised anything. */
    unsure: string
    /** Counts those of which nobody who looked for them got an answer, to the end of the run. */
    unread: string
  }
  /** Made once, by the first requests, whatever load follows; never by actors. */
  check?: true
  /** Set where a sample is observed: so many at most are expected in phases of a kind, however many the load would lead to. */
  atMost?: number
}

export interface Vocabulary {
  steps: Readonly<Record<string, Step>>
  observations: Readonly<Record<string, Observation>>
  /** Values that residents keep as histograms by phase, for rules that compare. Steps of groups, and groups, have theirs anyway. */
  tallies: readonly string[]
  /** Values of the target that change over time. */
  points: readonly string[]
  /**
   * What one piece of work is: the tally, and the point, of what is done; the tally of what was done in time, and within how
   * many ms that is; and the point of what waits to be done.
   */
  work?: { done: string; inTime: string; withinMs: number; waiting?: string }
}

type Keys<T> = keyof T & string

export type StepName<V extends Vocabulary> = Keys<V['steps']>
export type ObservationName<V extends Vocabulary> = Keys<V['observations']>
export type CheckName<V extends Vocabulary> = {
  [Name in ObservationName<V>]: V['observations'][Name] extends { check: true } ? Name : never
}[ObservationName<V>]
export type TallyName<V extends Vocabulary> = V['tallies'][number]
export type PointName<V extends Vocabulary> = V['points'][number]
export type GroupName<V extends Vocabulary> = {
  [Name in StepName<V>]: V['steps'][Name] extends { groups: readonly (infer Group extends string)[] }
    ? Group
    : never
}[StepName<V>]

/** Observations of accounts of promises, on either side: each is made with its key. */
export type KeyedName<V extends Vocabulary> = {
  [Name in ObservationName<V>]: V['observations'][Name] extends { accountsFor: infer Account }
    ? Name | Extract<Account[keyof Account & ('promised' | 'unsure')], string>
    : never
}[ObservationName<V>]

/** What criteria may name. */
export type JudgedName<V extends Vocabulary> = StepName<V> | GroupName<V> | ObservationName<V> | TallyName<V>

/**
 * How many of each an actor's life or arrival leads to, on average. What residents tally of a group is declared under the group's own
 * name: its steps may be taken by arrivals, which tally nothing.
 */
export type Yields<V extends Vocabulary> = Partial<Record<JudgedName<V>, number>>

/** The groups of each step that has any. */
export const groupsBySteps = ({ steps }: Vocabulary): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(steps).flatMap(([name, { groups = [] }]) => (groups.length === 0 ? [] : [[name, groups]])),
  )

export const groupsOf = (vocabulary: Vocabulary): string[] => [
  ...new Set(Object.values(groupsBySteps(vocabulary)).flat()),
]

/** Names with, for groups, their steps in place of them: what is observed one by one, each once. */
export function membersOf({ steps }: Vocabulary, names: readonly string[]): string[] {
  const members = names.flatMap((name) => {
    const own = Object.keys(steps).filter((step) => steps[step]!.groups?.includes(name) === true)
    return own.length > 0 ? own : [name]
  })
  return [...new Set(members)]
}

export const checksIn = ({ observations }: Vocabulary): string[] =>
  Object.keys(observations).filter((name) => observations[name]!.check === true)

/** The steps that a plan's actors may take: of each there are series, which k6 pays for. */
export function stepsOf({ steps }: Vocabulary, { history, ...others }: TakingPart): string[] {
  const present = [...others.residents, ...others.segments].map(({ actor }) => actor)
  return Object.keys(steps).filter((name) => {
    const step = steps[name]!
    return (history || step.history !== true) && (step.by === undefined || present.includes(step.by))
  })
}

/** Of a plan: who comes, and whether there is a history. */
interface TakingPart {
  history: boolean
  residents: readonly { actor: string }[]
  segments: readonly { actor: string }[]
}
