// report.md, in the order of the source document's report template.
import { capacityMarkdown } from './capacity.ts'
import { chartGroups, phaseFigures, type Chart } from './charts.ts'
import { configLines, loadPattern } from './configuration.ts'
import { bounds, byUrgency, detailOf, observationsIn, ownReason } from './criteria.ts'
import { bytes, count, duration, figure, lengthText, percentage, timeOfDay, utc } from './figures.ts'
import { expectationsMarkdown } from './expectations.ts'
import { faultsMarkdown } from './faults.ts'
import { fineFacts } from './fine-limits.ts'
import { machineFacts } from './machine.ts'
import { findingsMarkdown } from './findings.ts'
import { bottlenecks, longTerm, shortTerm } from './recommendations.ts'
import type { RunFolder } from './read/run-folder.ts'
import {
  escapeMarkdown as text,
  markdownBlock,
  markdownCode as code,
  printable,
  shortened,
  statusMark,
} from './text.ts'
import { timesMarkdown } from './times.ts'
import { violationLines } from './violations.ts'

const table = (heads: string[], rows: string[][]): string =>
  [heads, heads.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')

const list = (items: string[], none: string): string =>
  items.length === 0 ? none : items.map((item) => `- ${item}`).join('\n')

function summary({ verdict }: RunFolder): string {
  const broken = verdict.criteria.filter((one) => one.status !== 'PASS')
  const findings = byUrgency(broken).map(
    (one) => `${one.status} ${code(one.id)}: ${text(ownReason(one, verdict.reasons))}`,
  )
  const critical = broken.filter((one) => one.status === 'FAIL')
  return `## Executive Summary

- **Status: ${verdict.verdict}.** ${text(verdict.line)}
- **Test date and duration:** ${utc(Date.parse(verdict.started))}, ${lengthText(verdict)}${verdict.partial ? ' (cut short)' : ''}
${verdict.reasons.map((reason) => `- **Why:** ${text(reason)}\n`).join('')}
### Key findings

${list(findings, `Every judged criterion holds: ${verdict.criteria.length} of ${verdict.criteria.length}.`)}

### Critical issues identified

${list(
  critical.map(
    (one) => `${code(one.id)}, “${text(one.text)}”: observed ${text(one.observed)}, limit ${text(one.limit)}`,
  ),
  verdict.verdict === 'PASS'
    ? 'None.'
    : 'No criterion is shown to be broken; see the status above for what is open.',
)}`
}

/** What of the configuration says where and with how many the run was made; the rest is in config.json. */
const told = /^(machine|versions)\.|^plan\.(peakLevel|unit|peakPerSecond)$/

function configuration(folder: RunFolder): string {
  const { verdict, series, config } = folder
  const users = series.load.values('vus value')?.filter((value) => value !== null) ?? []
  const pattern = loadPattern(folder).map(([name, ...rest]) => [text(name), ...rest])
  const lines = configLines(config).filter(([name]) => told.test(name))
  return `## Test Configuration

- **Case:** ${text(verdict.case)}, scenario ${text(verdict.scenario)}, profile ${text(verdict.profile)}, seed ${verdict.seed}
- **Target:** ${text(verdict.target)}
- **Participants:** ${users.length > 0 ? `up to ${count(Math.max(...users))} virtual users at once` : 'virtual users were not recorded'}; ${count(verdict.generator.offered)} arrivals offered

### Load pattern${verdict.clock === 'virtual' ? ', in simulated time' : ''}

${pattern.length > 0 ? table(['Phase', 'Kind', 'From', 'To'], pattern) : 'No phases were recorded.'}

### Infrastructure

${list([...infrastructure(folder), ...lines.map(([name, value]) => `${code(name)}: ${text(value)}`)], 'Not recorded.')}`
}

function infrastructure({ series, verdict, k6Memory }: RunFolder): string[] {
  const services =
    series.services.length > 0 ? [`Services observed: ${series.services.map(text).join(', ')}`] : []
  const cpu = verdict.generator.cpu
  const memory = k6Memory === null ? '' : `; ${k6Memory.join(': ')}`
  return [
    ...services,
    `Generator: ${cpu === null ? 'CPU not measured' : `${figure(cpu)} cores used by k6`}${memory}`,
  ]
}

const levels = '▁▂▃▄▅▆▇█'
const sparkPoints = 40

/** The highest value of each stretch as a bar of text, from zero. */
function spark(values: (number | null)[]): string {
  const size = Math.max(1, Math.ceil(values.length / sparkPoints))
  const points = Array.from({ length: Math.ceil(values.length / size) }, (_, index) =>
    values
      .slice(index * size, (index + 1) * size)
      .reduce<number | null>((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null),
  )
  const top = Math.max(...points.map((value) => value ?? 0))
  return points
    .map((value) =>
      value === null ? '·' : (levels[top > 0 ? Math.round((value / top) * (levels.length - 1)) : 0] ?? '·'),
    )
    .join('')
}

function chartTable(chart: Chart, folder: RunFolder): string {
  const { startMs, stepMs } = folder.series.load
  const figures = phaseFigures(chart, folder.phases, startMs, stepMs)
  const rows = figures.rows.map((row, index) => [
    text(row.line),
    code(spark(chart.lines[index]?.values ?? [])),
    ...row.cells.map((cell) => `${cell.mean}${cell.highest === '–' ? '' : ` (max ${cell.highest})`}`),
  ])
  return `**${text(chart.title)}**\n\n${table(['Line', 'Over the run', ...figures.phases.map(text)], rows)}`
}

function results(folder: RunFolder): string {
  const { verdict } = folder
  const groups = chartGroups(folder)
  const charts = Object.values(groups)
    .filter((group) => group.charts.length > 0)
    .map((group) =>
      [`#### ${group.title}`, group.note, ...group.charts.map((chart) => chartTable(chart, folder))].join(
        '\n\n',
      ),
    )
  const criteria = byUrgency(verdict.criteria).map((one) => [
    `${statusMark[one.status]} ${one.status}`,
    `${code(one.id)} ${text(one.text)}`,
    text(one.observed),
    text(one.limit),
    count(one.samples),
    bounds(one),
    text(one.phase),
    text(ownReason(one, verdict.reasons)),
  ])
  const heads = ['Status', 'Criterion', 'Observed', 'Limit', 'Samples', '95 % bounds', 'Phase', 'Reason']
  return `## Results

### Criteria

${criteria.length > 0 ? table(heads, criteria) : 'No criterion was judged.'}

${expectationsMarkdown(verdict, table)}### Performance metrics

The curves are in [report.html](report.html); here the mean and the highest point of each, by phase.

${charts.length > 0 ? charts.join('\n\n') : 'Nothing was recorded over time.'}

### Bottlenecks identified

${list(bottlenecks(folder), 'Nothing points to one: no samples of services and no steps were recorded.')}

### Error analysis

${errors(folder)}

### Capacity recommendations

${capacity(folder)}`
}

function errors({ verdict }: RunFolder): string {
  const failing = verdict.steps.filter((step) => step.failed > 0 || step.refused > 0)
  const rows = failing.map((step) => [
    text(step.step),
    count(step.requests),
    `${count(step.failed)} (${percentage(step.requests > 0 ? step.failed / step.requests : null)})`,
    count(step.refused),
  ])
  const bad = new Map<string, number>()
  for (const one of verdict.criteria.flatMap((criterion) => criterion.witness?.operations ?? [])) {
    const what = `${one.step}: ${one.status === 0 ? 'no answer' : `status ${one.status}`}${one.detail === undefined ? '' : `, ${one.detail}`}`
    bad.set(what, (bad.get(what) ?? 0) + observationsIn([one]))
  }
  const kinds = [...bad]
    .sort(([, a], [, b]) => b - a)
    .map(([what, n]) => `${text(what)} (${n} times among the operations shown)`)
  const perStep =
    rows.length > 0
      ? table(['Step', 'Requests', 'Failed', 'Refused'], rows)
      : 'No request failed or was refused.'
  return kinds.length > 0 ? `${perStep}\n\n${list(kinds, '')}` : perStep
}

function capacity({ series, verdict }: RunFolder): string {
  const ramp = capacityMarkdown(verdict)
  if (ramp !== null) return ramp
  const rate = series.load.values('http_reqs rate')?.filter((value) => value !== null) ?? []
  const dropped = verdict.generator.dropped
  const seen =
    rate.length > 0 ? `The highest rate in this run was ${figure(Math.max(...rate))} requests/s. ` : ''
  const drops = dropped > 0 ? `${count(dropped)} arrivals found no virtual user free. ` : ''
  return `${seen}${drops}A run at a given load shows that this load is held or not; it is no statement on more.`
}

function recommendations(folder: RunFolder): string {
  return `## Recommendations

Only what follows from this run's figures.

### Short-term fixes

${list(shortTerm(folder), 'None: nothing that was judged broke.')}

### Long-term improvements

${list(longTerm(folder), 'None follows from this run.')}

### Architecture changes

One run shows what broke and when, not which design would mend it: nothing is recommended here.`
}

const logLines = 20
const logLineLength = 400

function appendix(folder: RunFolder): string {
  const { verdict } = folder
  const steps = verdict.steps.map((step) => [
    text(step.step),
    ...[step.requests, step.failed, step.refused].map(count),
    ...[step.p50, step.p95, step.p99, step.max].map(duration),
  ])
  const cut = (line: string): string => shortened(printable(line), logLineLength)
  const witnesses = byUrgency(verdict.criteria).flatMap(({ id, witness }) => {
    if (witness === null) return []
    const operations = witness.operations
      .slice(0, 10)
      .map((one) =>
        `${timeOfDay(one.t)} ${one.phase} ${one.step} ${one.status} ${duration(one.ms)} ${one.correlationId} ${detailOf(one)}`.trimEnd(),
      )
    const minutes = Object.entries(witness.perMinute).map(([minute, n]) => `${text(minute)}: ${n}`)
    const log = witness.log.slice(0, logLines).map(cut)
    return [
      `#### ${text(id)}\n\nFirst at ${utc(witness.first)}. Per minute: ${minutes.join(', ')}.\n\n${markdownBlock([...operations, ...violationLines(witness.violations).map(cut)])}` +
        (log.length > 0 ? `\n\n${markdownBlock(log)}` : '\n\nNo service log lines around that time.'),
    ]
  })
  const services = folder.logs.map((log) =>
    log.warnings.length === 0
      ? `${code(`services/${log.service}.log`)}, ${bytes(log.bytes)}: no warnings near its end.`
      : `${code(`services/${log.service}.log`)}, ${bytes(log.bytes)}, last warnings:\n\n${markdownBlock(log.warnings.map(cut))}`,
  )
  const missing = folder.missing.map(({ file, why, absent }) => `${code(file)} (${text(why)}): ${absent}`)
  return `## Appendix

### Detailed metrics

${steps.length > 0 ? table(['Step', 'Requests', 'Failed', 'Refused', 'P50', 'P95', 'P99', 'Max'], steps) : 'No request was recorded.'}
${timesMarkdown(verdict, table)}
Generator: ${count(verdict.generator.offered)} offered, ${count(verdict.generator.delivered)} started, ${count(verdict.generator.dropped)} dropped, scheduling lag P99 ${duration(verdict.generator.lag_ms)}.
${[...fineFacts(verdict), ...machineFacts(verdict)]
  .map(([name, value]) => `\n${name}: ${text(value)}.\n`)
  .join('')}
${faultsMarkdown(folder)}${findingsMarkdown(verdict, table)}
### Not claimed

${list(
  verdict.not_claimed.map(({ id, why }) => `${code(id)}: ${text(why)}`),
  'Everything the case can judge was claimed.',
)}

### Log excerpts

${[...witnesses, ...services].join('\n\n') || 'No logs were kept.'}

### Configuration files

${list(
  folder.files.map((file) => `[${text(file)}](${encodeURIComponent(file)})`),
  'None.',
)}
${missing.length > 0 ? `\nNot in this report:\n\n${list(missing, '')}\n` : ''}
Left in the target: ${verdict.leftovers.length === 0 ? 'nothing was reported.' : verdict.leftovers.map(text).join('; ')}

Repeat this run:

${markdownBlock([verdict.repeat], 'sh')}`
}

/** The whole document as text. */
export function markdownReport(folder: RunFolder): string {
  const { verdict } = folder
  const parts = [
    summary(folder),
    configuration(folder),
    results(folder),
    recommendations(folder),
    appendix(folder),
  ]
  return `# Stress Test Report - ${text(verdict.case)} ${text(verdict.scenario)}\n\n${parts.join('\n\n')}\n`
}
