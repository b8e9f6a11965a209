// The end of a k6 process: its evidence as a file for the judge, and a summary for whoever ran plain k6.
import { ruleKey } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'
import type { Counts, Evidence, RunEvidence, StepRow } from '../verdict/evidence.ts'
import { hopelessMetric } from './k6-thresholds.ts'
import { arrivalsOf } from './plan-time.ts'
import { seriesOf } from './series.ts'
import type { Start } from './start.ts'
import { textOf } from './summary-text.ts'

export interface Metric {
  values: Record<string, number>
  thresholds?: Record<string, { ok: boolean }>
}
export interface Summary {
  metrics: Record<string, Metric>
  state: { testRunDurationMs: number }
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

function evidenceOf({ plan, data, system }: Start, summary: Summary, read: Read): RunEvidence {
  const ended = Date.now()
  const started = ended - summary.state.testRunDurationMs
  const rules: Record<string, Evidence> = {}
  const residents = plan.residents.reduce((sum, { virtualUsers }) => sum + virtualUsers, 1)
  const complete = read('assay_finished') >= residents
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const counts = countsOf(rule, ruleKey(id, index), {
        plan,
        system,
        complete,
        read,
      })
      if (counts !== null) rules[ruleKey(id, index)] = counts
    })
  }
  return {
    schema: 1,
    run: data.run,
    shard: 1,
    of: 1,
    scenario: plan.scenario,
    system: plan.system,
    case: plan.case,
    profile: plan.profile,
    seed: plan.seed,
    plan: JSON.stringify([plan.case, plan.profile, plan.seed, plan.phases, Object.keys(plan.claimed)]),
    complete,
    started,
    ended,
    phases: plan.phases.map(({ name, kind, start, end }) => ({
      name,
      kind,
      start: started + start * 1000,
      end: started + end * 1000,
    })),
    rules,
    generator: generatorOf(plan, read),
    steps: [...system.apiSteps, ...system.otherSteps].map((step) => stepRow(step, read)),
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
  from: { plan: Start['plan']; system: Start['system']; complete: boolean; read: Read },
): Counts | null {
  if (rule.judge === 'gini' || rule.judge === 'recovery') return null
  const { plan, system, complete, read } = from
  const { counter, tag } = seriesOf(rule, system.apiSteps)
  const total = (series: (kind: string) => string): number =>
    rule.in.reduce((sum, kind) => sum + read(series(kind)), 0)
  const n = total((kind) => `${counter}{${tag},kind:${kind}}`)
  const bad = read(`assay_bad{rule:${key}}`)
  if (rule.judge === 'share') {
    const dropped = droppedOf(plan, system, rule, read)
    return { type: 'counts', n: n + dropped, bad: bad + dropped }
  }
  const account = system.accounts[rule.of]
  // Of a run that was cut short nobody knows what became of its promises.
  if (account === undefined || !complete) return { type: 'counts', n, bad }
  const promised = total((kind) => `assay_seen{of:${account.promised},kind:${kind}}`)
  const unsure = total((kind) => `assay_seen{of:${account.unsure},kind:${kind}}`)
  // What was found beyond the promises are unsure ones that were kept; each unsure one not found may hide a lost promise.
  const unresolved = unsure - Math.min(unsure, Math.max(0, n - promised))
  const lost = Math.max(0, promised - n)
  return {
    type: 'counts',
    n: Math.max(n, promised),
    bad: bad + lost,
    ...(unresolved > 0 ? { unresolved } : {}),
  }
}

/** Arrivals that k6 had no virtual user for, as the observations that each would have begun with. */
function droppedOf(
  plan: Start['plan'],
  system: Start['system'],
  rule: Extract<Rule, { judge: 'share' }>,
  read: Read,
): number {
  const definition = Object.values(system.cases)
    .flat()
    .find(({ id }) => id === plan.case)
  const actors = (definition?.actors ?? []).filter(
    (load) => 'arrivals' in load && load.opensWith.some((name) => rule.of.includes(name)),
  )
  const names = actors.map(({ actor }) => actor)
  return plan.segments
    .filter(({ actor, kind }) => names.includes(actor) && rule.in.includes(kind))
    .reduce((sum, { name }) => sum + read(`dropped_iterations{scenario:${name}}`), 0)
}

function generatorOf(plan: Start['plan'], read: Read): RunEvidence['generator'] {
  const sumOf = (series: Iterable<string>): number =>
    [...new Set(series)].reduce((sum, metric) => sum + read(metric), 0)
  return {
    planned: plan.segments.reduce((sum, segment) => sum + arrivalsOf(segment), 0),
    started: sumOf(plan.segments.map(({ actor, kind }) => `iterations{actor:${actor},kind:${kind}}`)),
    dropped: sumOf(plan.segments.map(({ name }) => `dropped_iterations{scenario:${name}}`)),
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
