// Builders of acceptance criteria. A limit is written once, as data; texts and k6 thresholds are rendered from it.
import type { Criterion, PhaseKind, Rule } from '../verdict/criterion.ts'

type Kinds = PhaseKind | PhaseKind[]
const listed = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

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
 */
export function never(limit: { what: string; of: string; in: Kinds; floor: number; waits?: true }): Rule[] {
  const { what, of, floor } = limit
  const waits = limit.waits === true ? { waits: limit.waits } : {}
  return listed(limit.in).map((kind) => ({ judge: 'never', of, in: [kind], floor, what, ...waits }))
}

/** The Gini coefficient of `of` per unit of capacity stays under a limit; judged from `perUnit` on average. */
export function evenly(limit: { of: string; under: number; in: Kinds; perUnit: number }): Rule {
  return { judge: 'gini', of: limit.of, in: listed(limit.in), under: limit.under, perUnit: limit.perUnit }
}

/** Back to normal within `within` seconds after the last phase of kind `after` ended. */
export function recovery(limit: { of: string; after: PhaseKind; within: number }): Rule {
  return { judge: 'recovery', of: limit.of, after: limit.after, withinSeconds: limit.within }
}

/** Criteria of one system, by id without the system's prefix. */
export function criteria<Id extends string>(
  source: string,
  table: Record<Id, [text: string, ...rules: (Rule | Rule[])[]]>,
): Record<Id, Criterion> {
  const result = {} as Record<Id, Criterion>
  for (const id of Object.keys(table) as Id[]) {
    const [text, ...rules] = table[id]
    result[id] = { text, source, rules: rules.flat() }
  }
  return result
}
