// The end of a k6 process: its evidence as a file for the judge, and a summary for whoever ran plain k6.
import { ruleKey } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'
import type { Counts, Evidence, RunEvidence, StepRow } from '../verdict/evidence.ts'
import { probeName } from './drive.ts'
import { arrivalsOf } from './plan-time.ts'
import { seriesOf } from './series.ts'
import type { Start } from './start.ts'

interface Metric {
  values: Record<string, number>
  thresholds?: Record<string, { ok: boolean }>
}
interface Summary {
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

function evidenceOf({ plan, data }: Start, summary: Summary, read: Read): RunEvidence {
  const ended = Date.now()
  const started = ended - summary.state.testRunDurationMs
  const rules: Record<string, Evidence> = {}
  const residents = plan.residents.reduce((sum, { virtualUsers }) => sum + virtualUsers, 1)
  const complete = read('assay_finished') >= residents
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const counts = countsOf(rule, ruleKey(id, index), {
        kinds: begunKinds(rule),
        plan,
        apiSteps: data.apiSteps,
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
    steps: [...data.apiSteps, 'poll', 'leave'].map((step) => stepRow(step, read)),
    bad: [],
    shown: shownOf(plan, data.apiSteps, read),
  }
}

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

const begunKinds = (rule: Rule): string[] => (rule.judge === 'recovery' ? ['recovery'] : rule.in)

/** The counts behind a rule, or null for rules whose evidence is not a count. */
function countsOf(
  rule: Rule,
  key: string,
  from: { kinds: string[]; plan: Start['plan']; apiSteps: string[]; complete: boolean; read: Read },
): Counts | null {
  const { kinds, plan, apiSteps, complete, read } = from
  if (rule.judge === 'gini' || rule.judge === 'recovery') return null
  const { counter, tag } = seriesOf(rule, apiSteps)
  let n = kinds.reduce((sum, kind) => sum + read(`${counter}{${tag},kind:${kind}}`), 0)
  let bad = read(`assay_bad{rule:${key}}`)
  if (rule.judge === 'share') {
    // A dropped arrival is a request that failed: the first one its actor would have sent.
    const dropped = droppedOf(plan.segments, kinds, rule.of, read)
    n += dropped
    bad += dropped
  }
  if (rule.of === 'accepted-task' && complete) {
    // Accepted, and yet never found by its key: it did not end either. Of a run cut short nobody knows.
    const accepted = kinds.reduce((sum, kind) => sum + read(`assay_seen{of:accepted,kind:${kind}}`), 0)
    bad += Math.max(0, accepted - n)
    n = Math.max(n, accepted)
  }
  return { type: 'counts', n, bad }
}

/** The first request of each arrival, by actor. */
const firstStep: Record<string, string[]> = {
  client: ['submit'],
  churn: ['register'],
  visitor: ['dashboard', 'dashboard-load'],
}

function droppedOf(
  segments: Start['plan']['segments'],
  kinds: string[],
  names: string[],
  read: Read,
): number {
  const actors = new Set(
    segments
      .filter(({ actor }) => firstStep[actor]?.some((step) => names.includes(step)))
      .map(({ actor }) => actor),
  )
  let dropped = 0
  for (const actor of actors)
    for (const kind of kinds) dropped += read(`dropped_iterations{actor:${actor},kind:${kind}}`)
  return dropped
}

function generatorOf(plan: Start['plan'], read: Read): RunEvidence['generator'] {
  const pairs = new Map(
    plan.segments.map(({ actor, kind }) => [`${actor}/${kind}`, `{actor:${actor},kind:${kind}}`]),
  )
  const total = (metric: string): number =>
    [...pairs.values()].reduce((sum, tags) => sum + read(`${metric}${tags}`), 0)
  return {
    planned: plan.segments.reduce((sum, segment) => sum + arrivalsOf(segment), 0),
    started: total('iterations'),
    dropped: total('dropped_iterations'),
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

/** The summary of plain k6, in its familiar layout: a mark, the criterion, the figures. */
function textOf({ plan }: Start, summary: Summary, evidence: RunEvidence): string {
  const broken = (key: string): string[] =>
    Object.entries(summary.metrics).flatMap(([metric, { thresholds }]) =>
      Object.entries(thresholds ?? {})
        .filter(([, { ok }]) => !ok && metric.includes(`rule:${key}}`))
        .map(([threshold]) => `${metric} ${threshold}`),
    )
  const lines = Object.entries(plan.claimed).map(([id, criterion]) => {
    const keys = criterion.rules.map((_, index) => ruleKey(id, index))
    const counts = keys
      .map((key) => evidence.rules[key])
      .filter((found): found is Counts => found?.type === 'counts')
    const short = keys.some((key, index) => (counts[index]?.n ?? 1) < (plan.expected[key]?.needed ?? 0))
    const unjudged = criterion.rules.some(({ judge }) => judge === 'gini')
    const mark = unjudged ? '-' : keys.some((key) => broken(key).length > 0) ? '✗' : short ? '?' : '✓'
    const figures = counts.map(({ n, bad }) => `${bad} bad of ${n}`).join(', ')
    return `    ${mark} ${id.padEnd(37)} ${criterion.text}${figures === '' ? '' : `  (${figures})`}${unjudged ? '  (needs ./assay run)' : ''}`
  })
  const other = Object.entries(summary.metrics).flatMap(([metric, { thresholds }]) =>
    Object.entries(thresholds ?? {})
      .filter(([, { ok }]) => !ok)
      .map(([threshold]) => `    ✗ ${metric}  ${threshold}`),
  )
  const { generator } = evidence
  return [
    '',
    `  ${plan.case} ${plan.profile}, seed ${plan.seed}: criteria by point estimates (./assay run judges with bounds, and shows why)`,
    ...lines,
    ...plan.notClaimed.map(({ id, why }) => `    - ${id.padEnd(37)} not claimed: ${why}`),
    ...(other.length > 0 ? ['', '  thresholds crossed', ...other] : []),
    '',
    `  arrivals: ${generator.started} of ${generator.planned} started, ${generator.dropped} dropped; generator lag P99 ${generator.lag.p99Ms.toFixed(1)} ms (${probeName})`,
    ...evidence.steps
      .filter(({ requests }) => requests > 0)
      .map(
        ({ step, requests, failed, p50, p95, p99, max }) =>
          `  ${step.padEnd(12)} ${String(requests).padStart(7)} requests  ${String(failed).padStart(5)} failed  med=${p50.toFixed(1)}ms p(95)=${p95.toFixed(1)}ms p(99)=${p99.toFixed(1)}ms max=${max.toFixed(1)}ms`,
      ),
    '',
  ].join('\n')
}
