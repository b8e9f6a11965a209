// The end of a k6 process: its evidence as a file for the judge, and a summary for whoever ran plain k6.
import { kindsOf, namesOf, ruleKey } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'
import type { Counts, Evidence, RunEvidence, StepRow } from '../verdict/evidence.ts'
import { accountOf, hopelessMetric } from './k6-thresholds.ts'
import { arrivalsOf } from './plan-time.ts'
import { isCounted, seriesOf } from './series.ts'
import type { CountedRule } from './series.ts'
import type { Start } from './start.ts'
import { stepsOf } from './system.ts'
import { textOf } from './summary-text.ts'

export interface Metric {
  values: Record<string, number>
  thresholds?: Record<string, { ok: boolean }>
}
export interface Summary {
  metrics: Record<string, Metric>
  state: { testRunDurationMs: number }
  /** What setup() returned; nothing when it did not. */
  setup_data?: { late?: number }
}

type Read = (metric: string, value?: string) => number

/** What k6's handleSummary returns: the text for the terminal, and the evidence where EVIDENCE names a file. */
export function summarise(begun: Start, input: unknown): Record<string, string> {
  const summary = input as Summary
  const read: Read = (metric, value = 'count') => summary.metrics[metric]?.values[value] ?? 0
  const evidence = evidenceOf(begun, summary, read)
  const file = __ENV['EVIDENCE']
  const text = __ENV['RECORD'] === '1' ? '' : textOf(begun, summary, evidence)
  return { stdout: text, ...(file === undefined || file === '' ? {} : { [file]: JSON.stringify(evidence) }) }
}

function evidenceOf({ plan, whole, part, data, system }: Start, summary: Summary, read: Read): RunEvidence {
  const ended = Date.now()
  const started = ended - summary.state.testRunDurationMs
  const rules: Record<string, Evidence> = {}
  const complete = read('assay_started') > 0 && read('assay_finished') >= read('assay_started')
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const counts = countsOf(rule, ruleKey(id, index), { plan, system, read })
      if (counts !== null) rules[ruleKey(id, index)] = counts
    })
  }
  const late = summary.setup_data?.late ?? 0
  return {
    schema: 1,
    run: whole === plan ? data.run : (__ENV['RUN'] ?? data.run),
    shard: part.number,
    of: part.of,
    scenario: plan.scenario,
    system: plan.system,
    case: plan.case,
    profile: plan.profile,
    seed: plan.seed,
    plan: JSON.stringify([plan.case, plan.profile, plan.seed, whole.phases, Object.keys(plan.claimed)]),
    complete,
    ...(late > 0 ? { late } : {}),
    started,
    ended,
    phases: plan.phases.map(({ name, kind, start, end }) => ({
      name,
      kind,
      start: started + start * 1000,
      end: started + end * 1000,
    })),
    rules,
    generator: generatorOf(plan, part.shards, read),
    steps: stepsOf(system, plan).map((step) => stepRow(step, read)),
    // The rest of each row is the runner's: it is told, not counted.
    byPhase: plan.phases.map(({ name, kind }) => ({
      phase: name,
      kind,
      requests: read(`http_reqs{api:yes,phase:${name}}`),
      workers: 0,
      seconds: 0,
      offered: 0,
      dropped: droppedIn(
        plan.segments.filter(({ phase, opensWith }) => phase === name && opensWith.length > 0),
        read,
      ),
      completed: 0,
      inTime: 0,
      bad: {},
    })),
    bad: [],
    shown: shownOf(plan, data.apiSteps, read),
    ...(wasHopeless(summary) ? { hopeless: read(hopelessMetric) } : {}),
  }
}

const wasHopeless = (summary: Summary): boolean =>
  Object.values(summary.metrics[hopelessMetric]?.thresholds ?? {}).some(({ ok }) => !ok)

/** k6's own percentile of each rule that has one. */
function shownOf(plan: Start['plan'], apiSteps: string[], read: Read): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    rules.forEach((rule, index) => {
      if (rule.judge !== 'share' || rule.percentile === undefined) return
      const { times, tag } = seriesOf(rule, apiSteps)
      const metric = `${times}{${tag},kind:${rule.in[0]}}`
      shown[ruleKey(id, index)] = `P${rule.percentile} ${read(metric, `p(${rule.percentile})`).toFixed(1)} ms`
    })
  }
  return shown
}

/** The counts behind a rule, or null for rules whose evidence is not a count. */
function countsOf(
  rule: Rule,
  key: string,
  { plan, system, read }: { plan: Start['plan']; system: Start['system']; read: Read },
): Counts | null {
  if (rule.judge === 'rate') return { type: 'counts', n: read(`assay_answers{rule:${key}}`), bad: 0 }
  if (!isCounted(rule)) return null
  const { counter, tag } = seriesOf(rule, system.apiSteps)
  const total = (series: (kind: string) => string): number =>
    kindsOf(rule).reduce((sum, kind) => sum + read(series(kind)), 0)
  const n = total((kind) => `${counter}{${tag},kind:${kind}}`)
  const bad = read(`assay_bad{rule:${key}}`)
  const isOfAll = rule.judge === 'share' || (rule.judge === 'recovery' && rule.window !== undefined)
  const dropped = isOfAll ? droppedOf(plan, rule, read) : 0
  const counts: Counts = { type: 'counts', n: n + dropped, bad: bad + dropped }
  const account = accountOf(rule, system)
  if (account === undefined) return counts
  const { promised, unsure } = account
  const seen = (of: string): number => total((kind) => `assay_seen{of:${of},kind:${kind}}`)
  return {
    ...counts,
    // An arrival that was dropped must not stand in for a promise that was not kept.
    account: { promised: seen(promised) + dropped, unsure: unsure === undefined ? 0 : seen(unsure) },
  }
}

/** Arrivals that k6 had no virtual user for, as the observations that each would have begun with. */
function droppedOf(plan: Start['plan'], rule: CountedRule, read: Read): number {
  const [names, kinds] = [namesOf(rule), kindsOf(rule)]
  const meant = plan.segments.filter(
    ({ kind, opensWith }) => kinds.includes(kind) && opensWith.some((name) => names.includes(name)),
  )
  return droppedIn(meant, read)
}

/** Arrivals of these segments that k6 had no virtual user for. */
const droppedIn = (segments: { name: string }[], read: Read): number =>
  segments.reduce((sum, { name }) => sum + read(`dropped_iterations{scenario:${name}}`), 0)

/** What this process was to start is its share of the plan's arrivals. */
function generatorOf(plan: Start['plan'], shards: number, read: Read): RunEvidence['generator'] {
  const sumOf = (series: Iterable<string>): number =>
    [...new Set(series)].reduce((sum, metric) => sum + read(metric), 0)
  return {
    planned: plan.segments.reduce((sum, segment) => sum + arrivalsOf(segment), 0) / shards,
    started: sumOf(plan.segments.map(({ actor, kind }) => `iterations{actor:${actor},kind:${kind}}`)),
    dropped: droppedIn(plan.segments, read),
    lag: { n: read('assay_lag_ms'), over: read('assay_lag_over'), p99Ms: read('assay_lag_ms', 'p(99)') },
    cpu: null,
    exceptions: read('assay_exceptions'),
  }
}

function stepRow(step: string, read: Read): StepRow {
  const times = `http_req_duration{step:${step}}`
  return {
    step,
    requests: read(`http_reqs{step:${step}}`),
    failed: read(`assay_failures{step:${step}}`),
    refused: read(`assay_refusals{step:${step}}`),
    p50: read(times, 'med'),
    p95: read(times, 'p(95)'),
    p99: read(times, 'p(99)'),
    max: read(times, 'max'),
  }
}
