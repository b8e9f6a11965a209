// The criteria as k6 thresholds, so that plain k6 judges too, by point estimates.
import type { Options } from 'k6/options'
import { isOfCheck, kindsOf, lagLimitMs, ruleKey } from '../../verdict/criterion.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { fineLags } from '../../verdict/fine-limits.ts'
import { faultThresholds } from '../drive/fault-series.ts'
import type { Plan } from '../plan/plan.ts'
import {
  agreementSeries,
  answersSeries,
  arrivalsSeries,
  badSeries,
  checkMetric,
  droppedSeries,
  exceptionsMetric,
  failuresSeries,
  groupRequestsSeries,
  isCounted,
  nameOf,
  lagFineSeries,
  lagMetric,
  keySums,
  measuresSeries,
  openKeysSeries,
  openPromisesSeries,
  refusalsSeries,
  requestsSeries,
  seenEverywhere,
  seenSeries,
  seriesOf,
  thresholdMark,
  timesSeries,
  wholeMetric,
} from './series.ts'
import type { CountedRule } from './series.ts'
import { groupsOf, stepsOf } from '../plan/vocabulary.ts'
import type { Vocabulary } from '../plan/vocabulary.ts'

export interface RuleThreshold {
  metric: string
  threshold: string
  /** A floor under the evidence, or the limit itself. */
  floor: boolean
}

/** The promises that have to be found among what a rule judges. */
export const accountOf = (rule: CountedRule, { observations }: Vocabulary) =>
  rule.judge === 'never' || rule.judge === 'share' ? observations[nameOf(rule)]?.accountsFor : undefined

/**
 * What k6 can check of a rule: a percentile where people know one, the count of bad observations against the limit, and
 * a floor under each, because k6 passes what was never measured. Nothing for a rule that k6 cannot express.
 */
export function ruleThresholds(plan: Plan, names: Vocabulary, id: string, index: number): RuleThreshold[] {
  const key = ruleKey(id, index)
  const rule = plan.claimed[id]?.rules[index]
  const { samples, needed } = plan.expected[key] ?? { samples: 0, needed: 1 }
  // Without a floor: a target need not offer what is checked, which nobody knows before it was asked. The summary says it.
  if (rule?.judge === 'never' && isOfCheck(rule))
    return [{ metric: checkMetric(nameOf(rule)), threshold: 'rate<=0', floor: false }]
  if (rule?.judge === 'rate')
    return [{ metric: answersSeries(key), threshold: `count>=${needed}`, floor: false }]
  if (rule?.judge === 'mean')
    return rule.in.flatMap((kind) => [
      { metric: seenSeries(rule.of, kind), threshold: 'count>=1', floor: true },
      { metric: measuresSeries(rule.of, kind), threshold: `avg<${rule.under}`, floor: false },
    ])
  if (rule?.judge === 'fault') return faultThresholds(rule, plan.faults.length)
  // Whether service is back to normal needs the requests' times, which k6 does not keep.
  if (rule === undefined || !isCounted(rule) || ('window' in rule && rule.window !== undefined)) return []
  const allowed = rule.judge === 'share' ? Math.floor(rule.limit * samples) : 0
  const least = rule.judge === 'never' ? floorOfKind(rule) : needed
  const most = `count<=${allowed}`
  const promisesIn = accountOf(rule, names) === undefined ? [] : kindsOf(rule)
  return [
    { metric: badSeries(key), threshold: most, floor: false },
    ...promisesIn.flatMap((kind) => promiseThresholds(rule, kind, most)),
    ...kindsOf(rule).flatMap((kind) => seriesThresholds(rule, kind, least, names)),
  ]
}

/** k6 cannot add up series: of several kinds it asks for something of each, and the floor under all is the runner's. */
const floorOfKind = (rule: Extract<CountedRule, { judge: 'never' }>): number =>
  kindsOf(rule).length > 1 ? 1 : rule.floor

/** Lost promises count against the limit; where none may be lost, all that is found is what was promised. */
function promiseThresholds(rule: CountedRule, kind: PhaseKind, most: string): RuleThreshold[] {
  const name = nameOf(rule)
  const open = { metric: openPromisesSeries(name, kind), threshold: most, floor: false }
  if (rule.judge !== 'never') return [open]
  const keys = keySums.map((sum) => openKeysSeries(sum, name, kind))
  return [open, ...keys.map((metric) => ({ metric, threshold: 'count==0', floor: false }))]
}

function seriesThresholds(
  rule: CountedRule,
  kind: PhaseKind,
  least: number,
  names: Vocabulary,
): RuleThreshold[] {
  const series = seriesOf(rule, names)
  const floor = { metric: series.count(kind), threshold: `count>=${least}`, floor: true }
  // k6's own share of failed requests tells no failure from another.
  if (rule.judge !== 'share' || rule.only !== undefined) return [floor]
  const { overMs, percentile, limit } = rule
  if (overMs === undefined) {
    const share = { threshold: `rate<${limit}`, floor: false }
    return series.failed === undefined ? [floor] : [floor, { metric: series.failed(kind), ...share }]
  }
  if (percentile === undefined) return [floor]
  return [floor, { metric: series.times(kind), threshold: `p(${percentile})<${overMs}`, floor: false }]
}

/** The counts of rules that k6 cannot judge, and that the runner does. */
function unjudged(plan: Plan, names: Vocabulary): string[] {
  return Object.entries(plan.claimed).flatMap(([id, { rules }]) =>
    rules.flatMap((rule, index) => {
      if (!isCounted(rule) || ruleThresholds(plan, names, id, index).length > 0) return []
      return [badSeries(ruleKey(id, index)), ...kindsOf(rule).map(seriesOf(rule, names).count)]
    }),
  )
}

/** What is held against counts of the target, which only the runner knows. */
const agreementsIn = (plan: Plan, names: Vocabulary): string[] =>
  Object.entries(plan.claimed).flatMap(([id, { rules }]) =>
    rules.flatMap((rule, index) => {
      if (rule.judge !== 'agrees') return []
      const { all, before, after, bad, unanswered } = agreementSeries(rule, ruleKey(id, index), names)
      return [all, before, after, bad, unanswered].filter((series) => series !== null)
    }),
  )

/** Sums of keys may be less than nothing, and never more than can be counted exactly. */
const anyDifference = `count<=${2 ** 53}`

/** What the accounts of promises are made of, as far as rules judge them; reported, and not judged here. */
function accountSeries(plan: Plan, names: Vocabulary): string[] {
  const rules = Object.values(plan.claimed).flatMap((criterion) => criterion.rules.filter(isCounted))
  return rules.flatMap((rule) => {
    const account = accountOf(rule, names)
    if (account === undefined) return []
    return [
      seenEverywhere(account.unread),
      ...kindsOf(rule).flatMap((kind) => [
        seenSeries(account.unsure, kind),
        ...[nameOf(rule), account.unsure].flatMap((of) =>
          keySums.map((sum) => openKeysSeries(sum, of, kind)),
        ),
      ]),
    ]
  })
}

/** The lags that a plan's fine limits allow, in ms: nothing that is simulated has to be started in time. */
export const fineLagsOf = ({ claimed, clock }: Pick<Plan, 'claimed' | 'clock'>): number[] =>
  clock === 'virtual' ? [] : fineLags(claimed)

/** k6 reports a tagged series only where it has a threshold; these judge nothing and only make it report. */
function reported(plan: Plan, names: Vocabulary): string[] {
  const steps = stepsOf(names, plan)
  return [
    ...unjudged(plan, names),
    ...agreementsIn(plan, names),
    // Judged by the runner alone: plain k6 cannot say INVALID, and a limit that was held in spite of the lag is held.
    ...fineLagsOf(plan).map(lagFineSeries),
    ...steps.flatMap((step) => [requestsSeries(step), failuresSeries(step), refusalsSeries(step)]),
    ...groupsOf(names).flatMap((group) => plan.phases.map(({ name }) => groupRequestsSeries(group, name))),
    ...plan.segments.flatMap(({ name, actor, kind }) => [arrivalsSeries(actor, kind), droppedSeries(name)]),
  ]
}

/**
 * The thresholds of one process. One that cannot be met is among them where the run can be no PASS, for reasons that
 * `shortfalls` names. None ends the run: k6 cannot wait for several of them to be crossed.
 */
export function thresholdsOf(
  plan: Plan,
  names: Vocabulary,
  shortfalls: string[] = [],
): NonNullable<Options['thresholds']> {
  const thresholds: Record<string, string[]> = {}
  const add = (metric: string, threshold: string): void => {
    const list = (thresholds[metric] ??= [])
    if (!list.includes(threshold)) list.push(threshold)
  }
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    for (const index of rules.keys()) {
      for (const { metric, threshold } of ruleThresholds(plan, names, id, index)) add(metric, threshold)
    }
  }
  for (const metric of reported(plan, names)) add(metric, 'count>=0')
  for (const metric of accountSeries(plan, names)) add(metric, anyDifference)
  for (const step of stepsOf(names, plan)) add(timesSeries(step), 'max>=0')
  if (shortfalls.length > 0) add(wholeMetric, 'count>0')
  add(exceptionsMetric, 'count<1')
  add(thresholdMark, 'count<1')
  add(lagMetric, `p(99)<${lagLimitMs}`)
  return thresholds
}
