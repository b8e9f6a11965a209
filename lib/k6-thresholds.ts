// The criteria as k6 thresholds, so that plain k6 judges too, by point estimates.
import type { Options } from 'k6/options'
import { kindsOf, lagLimitMs, namesOf, ruleKey } from '../verdict/criterion.ts'
import type { PhaseKind } from '../verdict/criterion.ts'
import { faultThresholds } from './fault-series.ts'
import type { Plan } from './plan.ts'
import { isCounted, seriesOf } from './series.ts'
import type { CountedRule } from './series.ts'
import { stepsOf } from './system.ts'
import type { SystemCases } from './system.ts'

/** More failures than this share of the whole plan and the run is ended: no criterion can be met any more. */
const hopelessShare = 0.1
/** Short runs get this many all the same, so that an end means something. */
const hopelessLeast = 100
/** What fails while something is broken on purpose says nothing about the rest. */
export const hopelessMetric = 'assay_failures{fault:no}'

export interface RuleThreshold {
  metric: string
  threshold: string
  /** A floor under the evidence, or the limit itself. */
  floor: boolean
}

/** The promises that have to be found among what a rule judges. */
export const accountOf = (rule: CountedRule, { accounts }: SystemCases) =>
  rule.judge === 'never' || rule.judge === 'share' ? accounts[namesOf(rule)[0] ?? ''] : undefined

/**
 * What k6 can check of a rule: a percentile where people know one, the count of bad observations against the limit, and
 * a floor under each, because k6 passes what was never measured. Nothing for a rule that k6 cannot express.
 */
export function ruleThresholds(plan: Plan, system: SystemCases, id: string, index: number): RuleThreshold[] {
  const key = ruleKey(id, index)
  const rule = plan.claimed[id]?.rules[index]
  const { samples, needed } = plan.expected[key] ?? { samples: 0, needed: 1 }
  if (rule?.judge === 'rate')
    return [{ metric: `assay_answers{rule:${key}}`, threshold: `count>=${needed}`, floor: false }]
  if (rule?.judge === 'mean')
    return rule.in.flatMap((kind) => {
      const which = `{of:${rule.of},kind:${kind}}`
      return [
        { metric: `assay_seen${which}`, threshold: 'count>=1', floor: true },
        { metric: `assay_ms${which}`, threshold: `avg<${rule.under}`, floor: false },
      ]
    })
  if (rule?.judge === 'fault') return faultThresholds(rule, plan.faults.length)
  // Whether service is back to normal needs the requests' times, which k6 does not keep.
  if (rule === undefined || !isCounted(rule) || ('window' in rule && rule.window !== undefined)) return []
  const allowed = rule.judge === 'share' ? Math.floor(rule.limit * samples) : 0
  const least = rule.judge === 'never' ? rule.floor : needed
  const most = `count<=${allowed}`
  const owed = accountOf(rule, system) === undefined ? [] : kindsOf(rule)
  return [
    { metric: `assay_bad{rule:${key}}`, threshold: most, floor: false },
    ...owed.map((kind) => ({
      metric: `assay_owed{of:${namesOf(rule)[0]},kind:${kind}}`,
      threshold: most,
      floor: false,
    })),
    ...kindsOf(rule).flatMap((kind) => seriesThresholds(rule, kind, least, system)),
  ]
}

function seriesThresholds(
  rule: CountedRule,
  kind: PhaseKind,
  least: number,
  system: SystemCases,
): RuleThreshold[] {
  const { counter, times, tag } = seriesOf(rule, system.apiSteps)
  const where = `{${tag},kind:${kind}}`
  const floor = { metric: `${counter}${where}`, threshold: `count>=${least}`, floor: true }
  if (rule.judge !== 'share') return [floor]
  const { overMs, percentile, limit } = rule
  if (overMs === undefined)
    return [floor, { metric: `http_req_failed${where}`, threshold: `rate<${limit}`, floor: false }]
  if (percentile === undefined) return [floor]
  return [floor, { metric: `${times}${where}`, threshold: `p(${percentile})<${overMs}`, floor: false }]
}

/** The counts of rules that k6 cannot judge, and that the runner does. */
function unjudged(plan: Plan, system: SystemCases): string[] {
  return Object.entries(plan.claimed).flatMap(([id, { rules }]) =>
    rules.flatMap((rule, index) => {
      if (!isCounted(rule) || ruleThresholds(plan, system, id, index).length > 0) return []
      const { counter, tag } = seriesOf(rule, system.apiSteps)
      return [
        `assay_bad{rule:${ruleKey(id, index)}}`,
        ...kindsOf(rule).map((kind) => `${counter}{${tag},kind:${kind}}`),
      ]
    }),
  )
}

/** k6 reports a tagged series only where it has a threshold; these judge nothing and only make it report. */
function reported(plan: Plan, system: SystemCases): string[] {
  const kinds = new Set(plan.phases.map(({ kind }) => kind))
  const steps = stepsOf(system, plan)
  const stepCounters = ['http_reqs', 'assay_failures', 'assay_refusals']
  const accounts = Object.values(system.accounts).flatMap(({ promised, unsure }) =>
    unsure === undefined ? [promised] : [promised, unsure],
  )
  return [
    ...unjudged(plan, system),
    ...steps.flatMap((step) => stepCounters.map((metric) => `${metric}{step:${step}}`)),
    ...plan.phases.map(({ name }) => `http_reqs{api:yes,phase:${name}}`),
    // k6 gives a dropped iteration its scenario's name, and none of the scenario's own tags.
    ...plan.segments.flatMap(({ name, actor, kind }) => [
      `iterations{actor:${actor},kind:${kind}}`,
      `dropped_iterations{scenario:${name}}`,
    ]),
    ...accounts.flatMap((name) => [...kinds].map((kind) => `assay_seen{of:${name},kind:${kind}}`)),
  ]
}

/** The thresholds of one process; where several share the load, each ends itself over its own share of failures. */
export function thresholdsOf(
  plan: Plan,
  system: SystemCases,
  shards: number,
): NonNullable<Options['thresholds']> {
  const thresholds: Record<string, (string | { threshold: string; abortOnFail: boolean })[]> = {}
  const add = (metric: string, threshold: string): void => {
    const list = (thresholds[metric] ??= [])
    if (!list.includes(threshold)) list.push(threshold)
  }
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    for (const index of rules.keys()) {
      for (const { metric, threshold } of ruleThresholds(plan, system, id, index)) add(metric, threshold)
    }
  }
  for (const metric of reported(plan, system)) add(metric, 'count>=0')
  for (const step of stepsOf(system, plan)) add(`http_req_duration{step:${step}}`, 'max>=0')
  add('assay_exceptions', 'count<1')
  add('assay_lag_ms', `p(99)<${lagLimitMs}`)
  const hopeless = Math.max(hopelessLeast, Math.ceil((hopelessShare * plan.requests) / shards))
  thresholds[hopelessMetric] = [{ threshold: `count<${hopeless}`, abortOnFail: true }]
  return thresholds
}
