// Builders of acceptance criteria. A limit is written once, as data; texts and k6 thresholds are rendered from it.
import { beforeLoad, phaseKinds } from '../verdict/criterion.ts'
import type { Criterion, FailureClass, PhaseKind, Rule } from '../verdict/criterion.ts'

type Kinds = PhaseKind | PhaseKind[]
/** A rule that is written as it is kept. */
type LimitOf<Kind extends Rule['judge'], Name extends string> = Omit<
  Extract<Rule<Name>, { judge: Kind }>,
  'judge'
>
type Share<Name extends string> = Extract<Rule<Name>, { judge: 'share' }>
/** What is listed twice counts once. */
const listed = <T>(value: T | T[]): T[] => [...new Set(Array.isArray(value) ? value : [value])]

export const ms = (value: number): number => value
export const seconds = (value: number): number => value
export const percent = (value: number): number => value / 100

/** "P95 < 500 ms": at most 5 % of the observations fail or take longer. `under` in ms. */
export function latency<const Name extends string>(limit: {
  p: number
  under: number
  in: Kinds
  of: Name | Name[]
}): Share<Name> {
  return {
    judge: 'share',
    of: listed(limit.of),
    in: listed(limit.in),
    limit: (100 - limit.p) / 100,
    overMs: limit.under,
    percentile: limit.p,
  }
}

/** A share holds in each of its phases by itself, so that a ramp tells at which level it breaks. */
export const eachStep = <const Name extends string>(share: Share<Name>): Share<Name> => ({
  ...share,
  eachStep: true,
})

/**
 * "Error rate < 0.1 %": at most that share of the requests fails. `under` as a share, see percent(). With `only`, no other
 * failures count, such as answers with a status of 500 and above.
 */
export function errors<const Name extends string>(limit: {
  under: number
  in: Kinds
  of: Name | Name[]
  only?: FailureClass
}): Share<Name> {
  const only = limit.only === undefined ? {} : { only: limit.only }
  return { judge: 'share', of: listed(limit.of), in: listed(limit.in), limit: limit.under, ...only }
}

interface Never<Name extends string> {
  what: string
  of: Name
  in: Kinds
  floor: number
  least?: number
  over?: number
  level?: number
  lagSensitive?: true
  only?: FailureClass
}

/**
 * Not a single violation; `what` says what a violation is. One rule per phase kind, so that the evidence of one kind
 * cannot stand in for another's: each needs `floor` observations, or nearly all that the load brings if that is more.
 * With `least`, every observed value under it is a violation; with `over`, in ms, every time that is as long or longer.
 */
export function never<const Name extends string>(limit: Never<Name>): Rule<Name>[] {
  const { in: kinds, ...rest } = limit
  return listed(kinds).map((kind) => neverInAny({ in: kind, ...rest }))
}

/** As never, with one rule and one floor for all the kinds: for a sample of which each kind has its share. */
export function neverInAny<const Name extends string>(
  limit: Never<Name>,
): Extract<Rule<Name>, { judge: 'never' }> {
  const { in: kinds, over, ...rest } = limit
  const time = over === undefined ? {} : { overMs: over }
  return { judge: 'never', in: listed(kinds), ...rest, ...time }
}

/**
 * A rule about what an oracle puts together from what several actors saw, of which k6 knows nothing. It stands last in its
 * criterion. Observations that a share `backs` are met by no rule while it is broken.
 */
export const joinedBy = <const Name extends string>(
  oracle: string,
  rule: Extract<Rule<Name>, { judge: 'share' | 'never' }>,
  backs?: Name[],
): Rule<Name> => ({ ...rule, oracle, ...(backs === undefined ? {} : { backs }) })

/**
 * A check that is made once before the load finds nothing wrong; `what` says what a violation is. With `counted`
 * the target's own count, a point that is told before the load and when all have left, is held against a tally of actors as well.
 */
export const check = <const Name extends string>(made: {
  what: string
  of: Name
  counted?: { tally: string; point: string }
}): Rule<Name> => ({ judge: 'never', in: [beforeLoad], floor: 1, ...made })

/** The Gini coefficient of `of` per unit of capacity stays under a limit; judged from `perUnit` on average. */
export function evenly<const Name extends string>(limit: {
  of: Name
  under: number
  in: Kinds
  perUnit: number
}): Rule<Name> {
  return { judge: 'gini', of: limit.of, in: listed(limit.in), under: limit.under, perUnit: limit.perUnit }
}

/** An observation is back to normal within `within` seconds after the last phase of kind `after` ended. */
export function recovery<const Name extends string>(limit: {
  of: Name
  after: PhaseKind
  within: number
}): Rule<Name> {
  return { judge: 'recovery', of: [limit.of], after: limit.after, withinSeconds: limit.within }
}

/**
 * Requests are back within normal limits within `within` seconds after the last phase of kind `after` ended: the first
 * `window` seconds in which at most the share `under` of them failed, or took `over` ms or longer where it is given.
 */
export function serviceRecovery<const Name extends string>(limit: {
  of: Name | Name[]
  after: PhaseKind
  within: number
  window: number
  under: number
  over?: number
}): Rule<Name> {
  const over = limit.over === undefined ? {} : { overMs: limit.over }
  return {
    judge: 'recovery',
    of: listed(limit.of),
    after: limit.after,
    withinSeconds: limit.within,
    window: { seconds: limit.window, limit: limit.under, ...over },
  }
}

/**
 * At least `perSecond` good observations a second, while the phases of that kind last; with `inEvery`, in seconds, in each stretch
 * of that length.
 */
export function rate<const Name extends string>(limit: {
  of: Name | Name[]
  perSecond: number
  in: Kinds
  inEvery?: number
}): Rule<Name> {
  const windows = limit.inEvery === undefined ? {} : { windowSeconds: limit.inEvery }
  return { judge: 'rate', of: listed(limit.of), in: listed(limit.in), least: limit.perSecond, ...windows }
}

/** What is done a second (or a second and unit of the level) on one side is at least `least` times that on the other. */
export function ratio<const Name extends string>(limit: LimitOf<'ratio', Name>): Rule<Name> {
  return { judge: 'ratio', ...limit }
}

/** The percentile `p` on one side is at most `most` times that on the other. */
export function slower<const Name extends string>(limit: LimitOf<'slower', Name>): Rule<Name> {
  return { judge: 'slower', ...limit }
}

/** The share of one tally in another falls by at most `most`, see percent(), from the side `before` to the side `now`. */
export const falls = <const Name extends string>(limit: LimitOf<'falls', Name>): Rule<Name> => ({
  judge: 'falls',
  ...limit,
})

/** The mean time of `of` stays under a limit; of at least `floor` values. */
export function mean<const Name extends string>(limit: {
  of: Name
  under: number
  in: Kinds
  floor: number
}): Rule<Name> {
  return { judge: 'mean', ...limit, in: listed(limit.in) }
}

/** An oracle finds none of these laws broken; it compared at least `floor` things. `of` is where these come from. */
export function lawful<const Name extends string>(limit: {
  of: Name
  oracle: string
  laws: string[]
  what: string
  in: Kinds
  floor: number
}): Rule<Name> {
  return { judge: 'law', ...limit, in: listed(limit.in) }
}

/**
 * What the target counts of itself agrees with what actors saw: over the whole run the `point` rises by as much as they saw of a
 * step, a group of steps or an observation, all, good or bad ones. `within` is the share that the two may be apart, 0 for not at
 * all; `what` says what a violation is. Actors tell the point before the load and when all have left.
 */
export const agrees = <const Name extends string>(limit: {
  of: Name
  count: 'all' | 'good' | 'bad'
  point: string
  within: number
  what: string
}): Rule<Name> => ({ judge: 'agrees', ...limit, in: [...phaseKinds] })

/** Every fault took effect, or every one ended in time and left nothing. */
export const everyFault = (of: 'bite' | 'heal', what: string): Rule<never> => ({
  judge: 'fault',
  of,
  what,
  in: ['fault'],
})

/** The memory of no service grows by more than `mbPerHour`, beyond its noise. */
export const leak = (limit: { in: Kinds; mbPerHour: number }): Rule<never> => ({
  judge: 'leak',
  of: 'memory',
  in: listed(limit.in),
  mbPerHour: limit.mbPerHour,
})

/** What a piece of work costs every service in processor time stays within a share of what it cost first. */
export const cost = (limit: { in: Kinds; within: number }): Rule<never> => ({
  judge: 'cost',
  of: 'cpu-per-work',
  in: listed(limit.in),
  within: limit.within,
})

/** Open files and database connections of no service grow without bound. */
export const bounded = (limit: { in: Kinds }): Rule<never> => ({
  judge: 'bounded',
  of: 'handles',
  in: listed(limit.in),
})

/**
 * Each service uses a share under `under` of the processors that it may use, as the mean of the judged time: all of the machine,
 * or as many as the target says (`cores`).
 */
export const busy = (limit: { in: Kinds; under: number }): Rule<never> => ({
  judge: 'busy',
  of: 'cpu',
  in: listed(limit.in),
  under: limit.under,
})

/** A promise in words, then its rules. */
type Entry = readonly [text: string, ...rules: (Rule | Rule[])[]]
type RulesIn<One> = One extends readonly [string, ...infer Rules] ? Rules[number] : never
type NamesIn<Rules> = Rules extends (infer One)[] ? NameOf<One> : NameOf<Rules>
type NameOf<One> = One extends { judge: 'fault' | 'leak' | 'cost' | 'bounded' | 'busy' }
  ? never
  : One extends { of: infer Of }
    ? Of extends readonly (infer Name extends string)[]
      ? Name
      : Extract<Of, string>
    : never

/** Criteria of one system, by id without the system's prefix. Each keeps the names that its rules judge as its type. */
export function criteria<const Table extends Record<string, Entry>>(
  source: string,
  table: Table,
): { [Id in keyof Table]: Criterion<NamesIn<RulesIn<Table[Id]>>> } {
  // Written as { __proto__: [...] } it is no entry, but what the table inherits from, and nobody would miss it.
  if (Array.isArray(Object.getPrototypeOf(table)))
    throw new Error('criterion "__proto__": JavaScript itself uses this name; give another')
  const entries = Object.keys(table).map((id): [string, Criterion] => {
    const [text, ...rules] = table[id]!
    return [id, { text, source, rules: rules.flat() }]
  })
  // Unlike an assignment this makes an entry of any id, so that a wrong one is found out.
  return Object.fromEntries(entries) as ReturnType<typeof criteria<Table>>
}
