// A criterion: one promise of a source document, as data. Builders only; k6 and Node both read it, so it imports nothing.

export const phaseKinds = [
  'warmup',
  'normal',
  'burst',
  'peak',
  'overload',
  'fault',
  'degraded',
  'recovery',
  'handover',
] as const
/** Of what is observed once before the load, and of no phase: checks are judged in it. */
export const beforeLoad = 'preflight'
/** What is asked when the load is over and all have left belongs to this phase, of which nothing is judged. */
export const afterLoad = 'teardown'
/** The closed set of stretches of a run that criteria bind to. Degraded: a part is gone for longer, and the rest does its work. */
export type PhaseKind = (typeof phaseKinds)[number] | typeof beforeLoad

/** A class of failed requests: by the first digit of the status, or those without an answer. */
export type FailureClass = '4xx' | '5xx' | 'unanswered'

/** Whose evidence one side of a comparison is: that of all phases of a kind, or of some of them. */
export interface Side {
  in: PhaseKind
  /** The phase with the highest rate; the first or last phase; or those in the first or last quarter of the judged time. */
  which?: 'best' | 'first' | 'last' | 'first quarter' | 'last quarter'
}

/**
 * One checkable rule. `of` names what is observed: a step (a kind of request), a group of steps, or an observation that actors
 * make; comparisons name a tally. A system's names are its vocabulary. With `oracle` it is an observation that this oracle puts
 * together from what several actors saw (share and never): k6 counts nothing of it.
 * - share: at most `limit` of the observations are bad. Bad is `failed`, or failed or over `overMs`.
 *   Observations that it `backs` rest on what it judges: while it is broken, nothing about them is met.
 *   With `eachStep`, it holds in each of its phases by itself: a ramp breaks at the lowest level at which one is shown not to hold.
 *   With `only`, of requests, no other failure is bad; so it is of `never`.
 * - never: no observation is a violation; `floor` observations are needed before its absence means anything. A value
 *   under `least` is one, and so is a time of `overMs` or longer. `lagSensitive` marks a violation that a generator or a testbed
 *   without cores can cause: where either starves it says no more than a latency.
 * - gini: unequal distribution of a quantity per unit of capacity; claimed from `perUnit` on average.
 * - recovery: back to normal within `withinSeconds` after the phase before, or after each fault, ended. With `window`, back to normal is the
 *   first stretch of so many seconds in which at most `limit` of the requests were bad, otherwise the actors say it.
 * - rate: at least `least` good answers a second, counted when they come; with `windowSeconds` in each stretch of so many seconds.
 * - ratio: the rate on the side `now` is at least `least` times that on the side `before`, per second, or per unit of the level.
 * - slower: the percentile `p` on the side `now` is at most `most` times that on the side `before`.
 * - falls: the share of the tally `of` in the tally `among` is on the side `now` at most `most` (a share) less than on the side
 *   `before`.
 * - mean: the mean stays under a limit; at least `floor` values.
 * - law: `oracle` found none of the laws broken in the history and the state in the end; at least `floor` things compared. `of`
 *   is the observation that what it compares comes from.
 * - agrees: what the target counts of itself, a `point`, rises in the run by as much as actors saw of `of`, all, good or bad ones;
 *   `within` is the share of it that the two may be apart.
 * - fault: every fault took effect (`bite`), or ended in time and left nothing (`heal`).
 * - leak: memory of the services does not grow. cost: what a piece of work costs them in the last quarter of the judged time is
 *   within a share of the first. bounded: open files and connections do not grow. busy: of the processors that each service may use
 *   it uses a share under `under`, as the mean of the judged time.
 */
export type Rule<Name extends string = string> =
  | {
      judge: 'share'
      of: Name[]
      in: PhaseKind[]
      limit: number
      overMs?: number
      percentile?: number
      only?: FailureClass
      eachStep?: true
      oracle?: string
      backs?: Name[]
    }
  | {
      judge: 'never'
      of: Name
      in: PhaseKind[]
      floor: number
      what: string
      least?: number
      overMs?: number
      /** Claimed only where the load reaches this level. */
      level?: number
      lagSensitive?: true
      only?: FailureClass
      oracle?: string
      /** Of a check: from before the load to when all have left, the point has to rise by as much as actors tallied. */
      counted?: { tally: string; point: string }
    }
  | { judge: 'gini'; of: Name; in: PhaseKind[]; under: number; perUnit: number }
  | {
      judge: 'recovery'
      of: Name[]
      after: PhaseKind
      withinSeconds: number
      window?: { seconds: number; limit: number; overMs?: number }
    }
  | { judge: 'rate'; of: Name[]; in: PhaseKind[]; least: number; windowSeconds?: number }
  | {
      judge: 'ratio'
      of: Name
      per: 'second' | 'level'
      now: Side
      before: Side
      least: number
      /** Claimed only where the side `now` has at least so many times the level. */
      growth?: number
    }
  | { judge: 'slower'; of: Name; now: Side; before: Side; p: number; most: number }
  | { judge: 'falls'; of: Name; among: Name; now: Side; before: Side; most: number }
  | { judge: 'mean'; of: Name; in: PhaseKind[]; under: number; floor: number }
  | { judge: 'law'; of: Name; oracle: string; in: PhaseKind[]; laws: string[]; floor: number; what: string }
  | {
      judge: 'agrees'
      of: Name
      count: 'all' | 'good' | 'bad'
      point: string
      within: number
      what: string
      in: PhaseKind[]
    }
  | { judge: 'fault'; of: 'bite' | 'heal'; in: PhaseKind[]; what: string }
  | { judge: 'leak'; of: 'memory'; in: PhaseKind[]; mbPerHour: number }
  | { judge: 'cost'; of: 'cpu-per-work'; in: PhaseKind[]; within: number }
  | { judge: 'bounded'; of: 'handles'; in: PhaseKind[] }
  | { judge: 'busy'; of: 'cpu'; in: PhaseKind[]; under: number }

/** What a rule observes, by name. */
export function namesOf(rule: Rule): string[] {
  if (rule.judge === 'falls') return [rule.of, rule.among]
  return Array.isArray(rule.of) ? rule.of : [rule.of]
}

/** A rule about what an oracle puts together: the runner asks it, and k6 knows nothing of it. */
export type JoinedRule = Extract<Rule, { judge: 'share' | 'never' }> & { oracle: string }
export const isJoined = (rule: Rule): rule is JoinedRule =>
  (rule.judge === 'share' || rule.judge === 'never') && rule.oracle !== undefined

/** The oracles that rules of these criteria ask. */
export const oraclesAsked = (criteria: Readonly<Record<string, Criterion>>): string[] => [
  ...new Set(
    Object.values(criteria).flatMap(({ rules }) =>
      rules.flatMap((rule) => ('oracle' in rule && rule.oracle !== undefined ? [rule.oracle] : [])),
    ),
  ),
]

/** The phase kinds whose observations a rule judges. */
export function kindsOf(rule: Rule): PhaseKind[] {
  // A fault is over before its phase is.
  if (rule.judge === 'recovery')
    return rule.after === 'fault' ? ['fault', 'degraded', 'recovery'] : ['recovery']
  return 'now' in rule ? [rule.now.in, rule.before.in] : rule.in
}

export interface Criterion<Name extends string = string> {
  /** The promise in the source's words. */
  text: string
  /** Where the source makes it. */
  source: string
  /** All must hold; the worst decides. A rule's evidence is kept under `<id>` or, from the second on, `<id>#<index>`. */
  rules: Rule<Name>[]
}

/** Whether a rule judges a check before the load. */
export const isOfCheck = (rule: Rule): boolean => kindsOf(rule).every((kind) => kind === beforeLoad)

/** Whether checks are all that it judges: how much load there is, and how it goes, is nothing to it. */
export const isCheck = ({ rules }: Pick<Criterion, 'rules'>): boolean =>
  rules.length > 0 && rules.every(isOfCheck)

/** A timer of the generator that fires later than this, one time in a hundred, says that the generator was slow. */
export const lagLimitMs = 25

/** Every bound is one-sided at this confidence: a FAIL, like a PASS, is wrong in at most one run of twenty. */
export const confidence = 0.95

/** Fewest requests or observations in all of which the target's own count says anything. */
export const leastAgreed = 100

/** Fewest observations, all good, that show a share to stay below the limit. Infinity for a limit of 0. */
export const samplesWithoutBad = (limit: number): number =>
  limit >= 1 ? 1 : Math.ceil(Math.log(1 - confidence) / Math.log1p(-limit) - 1e-9)

/** Stands between an id and a rule's number; no id has it, see names.ts. */
const numberMark = '#'
/** The key under which a rule's evidence is kept. */
export const ruleKey = (id: string, index: number): string =>
  index === 0 ? id : `${id}${numberMark}${index}`
/** The id of the criterion that evidence of this key belongs to. */
export const idOfKey = (key: string): string => key.split(numberMark, 1)[0]!
