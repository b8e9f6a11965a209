// A criterion: one promise of a source document, as data. Builders only; k6 and Node both read it, so it imports nothing.

export const phaseKinds = [
  'warmup',
  'normal',
  'burst',
  'peak',
  'overload',
  'fault',
  'recovery',
  'handover',
] as const
/** The closed set of stretches of a run that criteria bind to. */
export type PhaseKind = (typeof phaseKinds)[number]

/**
 * One checkable rule. `of` names what is observed: steps (kinds of request) or one named observation that actors make.
 * - share: at most `limit` of the observations are bad. Bad is `failed`, or failed or over `overMs`.
 * - never: no observation is a violation; `floor` observations are needed before its absence means anything. `waits`
 *   marks a violation that our own actors' pace takes part in: a generator that starves spoils it like a latency.
 * - gini: unequal distribution of a quantity per unit of capacity; claimed from `perUnit` on average.
 * - recovery: back to normal within `withinSeconds` after the phase before ended.
 */
export type Rule =
  | { judge: 'share'; of: string[]; in: PhaseKind[]; limit: number; overMs?: number; percentile?: number }
  | { judge: 'never'; of: string; in: PhaseKind[]; floor: number; what: string; waits?: true }
  | { judge: 'gini'; of: string; in: PhaseKind[]; under: number; perUnit: number }
  | { judge: 'recovery'; of: string; after: PhaseKind; withinSeconds: number }

export interface Criterion {
  /** The promise in the source's words. */
  text: string
  /** Where the source makes it. */
  source: string
  /** All must hold; the worst decides. A rule's evidence is kept under `<id>` or, from the second on, `<id>#<index>`. */
  rules: Rule[]
}

/** A timer of the generator that fires later than this, one time in a hundred, says that the generator was slow. */
export const lagLimitMs = 25

/** Every bound is one-sided at this confidence: a FAIL, like a PASS, is wrong in at most one run of twenty. */
export const confidence = 0.95

/** Fewest observations, all good, that show a share to stay below the limit. Infinity for a limit of 0. */
export const samplesWithoutBad = (limit: number): number =>
  limit >= 1 ? 1 : Math.ceil(Math.log(1 - confidence) / Math.log1p(-limit) - 1e-9)

/** The key under which a rule's evidence is kept. */
export const ruleKey = (id: string, index: number): string => (index === 0 ? id : `${id}#${index}`)
