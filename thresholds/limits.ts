// Builders of acceptance criteria. A limit is written once, as data; texts and k6 thresholds are rendered from it.
import type { Criterion, PhaseKind, Rule } from '../verdict/criterion.ts'

type Kinds = PhaseKind | PhaseKind[]
/** A rule that is written as it is kept. */
type LimitOf<Kind extends Rule['judge']> = Omit<Extract<Rule, { judge: Kind }>, 'judge'>
/** What is listed twice counts once. */
const listed = <T>(value: T | T[]): T[] => [...new Set(Array.isArray(value) ? value : [value])]

export const ms = (value: number): number => value
export const seconds = (value: number): number => value
export const percent = (value: number): number => value / 100

/** "P95 < 500 ms": at most 5 % of the observations fail or take longer. `under` in ms. */
export function latency(limit: { p: number; under: number; in: Kinds; of: string | string[] }): Rule {
  return {
    judge: 'share',
    of: listed(limit.of),
    in: listed(limit.in),
    limit: (100 - limit.p) / 100,
    overMs: limit.under,
    percentile: limit.p,
  }
}

/** "Error rate < 0.1 %": at most that share of the requests fails. `under` as a share, see percent(). */
export function errors(limit: { under: number; in: Kinds; of: string | string[] }): Rule {
  return { judge: 'share', of: listed(limit.of), in: listed(limit.in), limit: limit.under }
}

/**
 * Not a single violation; `what` says what a violation is. One rule per phase kind, so that the evidence of one kind
 * cannot stand in for another's: each needs `floor` observations, or nearly all that the load brings if that is more.
 * With `least`, every observed value under it is a violation.
 */
export function never(limit: {
  what: string
  of: string
  in: Kinds
  floor: number
  least?: number
  level?: number
  lagSensitive?: true
}): Rule[] {
  const { in: kinds, ...rest } = limit
  return listed(kinds).map((kind) => ({ judge: 'never', in: [kind], ...rest }))
}

/** The Gini coefficient of `of` per unit of capacity stays under a limit; judged from `perUnit` on average. */
export function evenly(limit: { of: string; under: number; in: Kinds; perUnit: number }): Rule {
  return { judge: 'gini', of: limit.of, in: listed(limit.in), under: limit.under, perUnit: limit.perUnit }
}

/** An observation is back to normal within `within` seconds after the last phase of kind `after` ended. */
export function recovery(limit: { of: string; after: PhaseKind; within: number }): Rule {
  return { judge: 'recovery', of: [limit.of], after: limit.after, withinSeconds: limit.within }
}

/**
 * Requests are back within normal limits within `within` seconds after the last phase of kind `after` ended: the first
 * `window` seconds in which at most the share `under` of them failed, or took `over` ms or longer where it is given.
 */
export function serviceRecovery(limit: {
  of: string | string[]
  after: PhaseKind
  within: number
  window: number
  under: number
  over?: number
}): Rule {
  const over = limit.over === undefined ? {} : { overMs: limit.over }
  return {
    judge: 'recovery',
    of: listed(limit.of),
    after: limit.after,
    withinSeconds: limit.within,
    window: { seconds: limit.window, limit: limit.under, ...over },
  }
}

/** At least `perSecond` good observations a second, while the phases of that kind last. */
export function rate(limit: { of: string | string[]; perSecond: number; in: Kinds }): Rule {
  return { judge: 'rate', of: listed(limit.of), in: listed(limit.in), least: limit.perSecond }
}

/** What is done a second (or a second and unit of the level) on one side is at least `least` times that on the other. */
export function ratio(limit: LimitOf<'ratio'>): Rule {
  return { judge: 'ratio', ...limit }
}

/** The percentile `p` on one side is at most `most` times that on the other. */
export function slower(limit: LimitOf<'slower'>): Rule {
  return { judge: 'slower', ...limit }
}

/** The mean time of `of` stays under a limit; of at least `floor` values. */
export function mean(limit: { of: string; under: number; in: Kinds; floor: number }): Rule {
  return { judge: 'mean', ...limit, in: listed(limit.in) }
}

/** An oracle finds none of these laws broken; it compared at least `floor` things. `of` is where these come from. */
export function lawful(limit: {
  of: string
  oracle: string
  laws: string[]
  what: string
  in: Kinds
  floor: number
}): Rule {
  return { judge: 'law', ...limit, in: listed(limit.in) }
}

/** Every fault took effect, or every one ended in time and left nothing. */
export const everyFault = (of: 'bite' | 'heal', what: string): Rule => ({
  judge: 'fault',
  of,
  what,
  in: ['fault'],
})

/** The memory of no service grows by more than `mbPerHour`, beyond its noise. */
export const leak = (limit: { in: Kinds; mbPerHour: number }): Rule => ({
  judge: 'leak',
  of: 'memory',
  in: listed(limit.in),
  mbPerHour: limit.mbPerHour,
})

/** What a piece of work costs every service in processor time stays within a share of what it cost first. */
export const cost = (limit: { in: Kinds; within: number }): Rule => ({
  judge: 'cost',
  of: 'cpu-per-work',
  in: listed(limit.in),
  within: limit.within,
})

/** Open files and database connections of no service grow without bound. */
export const bounded = (limit: { in: Kinds }): Rule => ({
  judge: 'bounded',
  of: 'handles',
  in: listed(limit.in),
})

/** Criteria of one system, by id without the system's prefix. */
export function criteria<Id extends string>(
  source: string,
  table: Record<Id, [text: string, ...rules: (Rule | Rule[])[]]>,
): Record<Id, Criterion> {
  // Written as { __proto__: [...] } it is no entry, but what the table inherits from, and nobody would miss it.
  if (Array.isArray(Object.getPrototypeOf(table)))
    throw new Error('criterion "__proto__": JavaScript itself uses this name; give another')
  const entries = (Object.keys(table) as Id[]).map((id): [Id, Criterion] => {
    const [text, ...rules] = table[id]
    return [id, { text, source, rules: rules.flat() }]
  })
  // Unlike an assignment this makes an entry of any id, so that a wrong one is found out.
  return Object.fromEntries(entries) as Record<Id, Criterion>
}
