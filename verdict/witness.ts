// The witness of a FAIL: when it began, what failed, how often per minute, and how to see it again.
import { kindsOf, ruleKey } from './criterion.ts'
import type { Criterion } from './criterion.ts'
import type { Evidence, RunEvidence } from './evidence.ts'
import type { Violation } from './oracles/oracle.ts'
import type { Witness } from './verdict.ts'

/** Operations that a witness shows. */
const shownOperations = 10

const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`

/**
 * What shows that the rules at `broken` were broken. Minutes are counted from the seconds of the evidence, which are
 * complete, and where it has none from the operations. `log` is left to the caller, who has the services' logs.
 */
export function witnessOf(
  id: string,
  criterion: Criterion,
  broken: readonly number[],
  evidence: RunEvidence,
  repeat: string,
): Witness {
  const keys = broken.map((index) => ruleKey(id, index))
  const operations = evidence.bad
    .filter(({ rules }) => rules.some((rule) => keys.includes(rule)))
    .sort((a, b) => a.t - b.t)
  const perMinute: Record<string, number> = {}
  const moments: number[] = []
  for (const key of keys) {
    const own = operations
      .filter(({ rules }) => rules.includes(key))
      .map(({ t, count = 1 }): Moment => [t, count])
    const bySecond = badSeconds(evidence.rules[key])
    for (const [ms, bad] of bySecond.length > 0 ? bySecond : own)
      perMinute[minuteOf(ms)] = (perMinute[minuteOf(ms)] ?? 0) + bad
    // An operation's own time is finer than its second's.
    const [first] = own.length > 0 ? own : bySecond
    if (first !== undefined) moments.push(first[0])
  }
  const violations = violationsOf(criterion, broken, evidence)
  moments.push(...violations.map(({ t }) => t))
  return {
    first: moments.length > 0 ? Math.min(...moments) : judgedFrom(id, criterion, broken, evidence),
    operations: operations.slice(0, shownOperations),
    perMinute: Object.fromEntries(Object.entries(perMinute).sort(([a], [b]) => (a < b ? -1 : 1))),
    log: [],
    repeat,
    ...(violations.length === 0 ? {} : { violations }),
  }
}

/** What the oracles found of the laws that were broken. */
function violationsOf(
  criterion: Criterion,
  broken: readonly number[],
  { findings = {} }: RunEvidence,
): Violation[] {
  return broken
    .flatMap((index) => {
      const rule = criterion.rules[index]
      if (rule?.judge !== 'law') return []
      return (findings[rule.oracle]?.violations ?? []).filter(({ law }) => rule.laws.includes(law))
    })
    .sort((a, b) => a.t - b.t)
    .slice(0, shownOperations)
}

type Moment = [ms: number, bad: number]

/** The seconds with a bad observation, in time order. */
function badSeconds(evidence: Evidence | undefined): Moment[] {
  if (evidence?.type !== 'counts') return []
  return Object.entries(evidence.blocks ?? {})
    .filter(([, [, bad]]) => bad > 0)
    .map(([second, [, bad]]): Moment => [Number(second) * 1000, bad])
    .sort(([a], [b]) => a - b)
}

/** The beginning of what the rules judge: all that can be said of a FAIL that is no single operation's. */
function judgedFrom(
  id: string,
  criterion: Criterion,
  broken: readonly number[],
  evidence: RunEvidence,
): number {
  const starts = broken.flatMap((index) => {
    const found = evidence.rules[ruleKey(id, index)]
    if (found?.type === 'event') return [found.from]
    const rule = criterion.rules[index]
    const kinds = rule === undefined ? [] : kindsOf(rule)
    return evidence.phases.filter(({ kind }) => kinds.includes(kind)).map(({ start }) => start)
  })
  return starts.length > 0 ? Math.min(...starts) : evidence.started
}
