// Evidence that actors brought finished, such as what a job found in simulated time: by rule.
import { kindsOf, namesOf } from '../../verdict/criterion.ts'
import type { PhaseKind, Rule } from '../../verdict/criterion.ts'
import { fold } from '../../verdict/evidence-sum.ts'
import type { Evidence } from '../../verdict/evidence.ts'
import type { EventLog } from './events.ts'

type Comparison = Extract<Rule, { now: unknown }>

/**
 * What was brought for a rule, or the reason why its parts do not fit together; undefined where nothing was brought. A
 * comparison needs both of its sides, whole kinds of phases: rates for a ratio, histograms for a percentile.
 */
export function broughtFor(rule: Rule, { brought }: EventLog): Evidence | string | undefined {
  if (brought.size === 0 || ['law', 'fault', 'agrees'].includes(rule.judge)) return undefined
  const names = namesOf(rule)
  const of = (kinds: readonly PhaseKind[]): Evidence | string | undefined =>
    sumOf(names.flatMap((name) => kinds.flatMap((kind) => brought.get(name)?.get(kind) ?? [])))
  return 'now' in rule ? pairOf(rule, of) : of(kindsOf(rule))
}

function sumOf(parts: Evidence[]): Evidence | string | undefined {
  let sum: Evidence | undefined
  for (const part of parts) {
    const more = sum === undefined ? part : fold(sum, part)
    if (typeof more === 'string') return more
    sum = more
  }
  return sum
}

function pairOf(
  { now, before }: Comparison,
  of: (kinds: PhaseKind[]) => Evidence | string | undefined,
): Evidence | string | undefined {
  const [one, other] = [of([now.in]), of([before.in])]
  if (one === undefined || other === undefined) return undefined
  if (typeof one === 'string' || typeof other === 'string') return typeof one === 'string' ? one : other
  if (now.which !== undefined || before.which !== undefined || now.in === before.in)
    return 'brought evidence tells kinds of phases apart, and this rule compares phases of one kind'
  if (one.clock !== other.clock) return 'the two sides were measured by different clocks'
  const clock = one.clock === undefined ? {} : { clock: one.clock }
  if (one.type === 'rate' && other.type === 'rate')
    return { type: 'rate-pair', now: one, before: other, ...clock }
  if (one.type === 'histogram' && other.type === 'histogram')
    return { type: 'histogram-pair', now: one, before: other, ...clock }
  return `expected two rates or two histograms to compare, got ${one.type} and ${other.type}`
}

/**
 * Why what k6 counted and what was brought for a rule contradict each other; null where they do not. Whatever is brought is
 * counted in k6 as well, so a difference is a lost line, or an actor that also observed what it brought.
 */
export function lostOf(counted: Evidence | undefined, found: Evidence): string | null {
  if (found.type !== 'counts' || counted?.type !== 'counts') return null
  if (counted.n === found.n && counted.bad === found.bad) return null
  return (
    `expected the brought counts to be all that k6 counted, got ${found.bad} bad of ${found.n} brought and ` +
    `${counted.bad} of ${counted.n} counted: a part of the evidence was lost, or its name was observed besides`
  )
}
