// The verdict at the end of somebody's script: each criterion with its evidence and bounds, as text and as JSON.
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion } from '../../verdict/criterion.ts'
import { judgeRule } from '../../verdict/rules.ts'
import { criterionFields, type Judgement } from '../../verdict/judgement.ts'
import { ofScript } from '../../verdict/script-verdict.ts'
import { severity } from '../../verdict/severity.ts'
import type { CriterionVerdict, Status, Verdict } from '../../verdict/verdict.ts'
import { repeatsText, whole } from '../../verdict/wording.ts'
import { countOf, readSummary } from '../summary/k6-summary.ts'
import type { Summary } from '../summary/k6-summary.ts'
import { repeatsMetric } from '../summary/series.ts'
import { circumstancesOf } from './circumstances.ts'
import type { Circumstances, RunOptions } from './circumstances.ts'
import { marginNeeded } from './gate.ts'
import { k6Text } from './k6-text.ts'
import { badSeries, marginSeries, priceOf } from './series.ts'
import type { ShareRule } from './series.ts'
import { dropped } from './thresholds.ts'

/** Where nothing is known of the circumstances a FAIL is believed less than INVALID. */
const worst = (statuses: Status[]): Status =>
  statuses.reduce((most, each) => (severity(each, true) > severity(most, true) ? each : most), 'PASS')

/** A PASS that k6's own exit code will not show, or that rests on part of the run, is none. */
function judge(
  rule: ShareRule,
  key: string,
  summary: Summary,
  { unjudged, missing }: Circumstances,
): Judgement {
  const broken = countOf(summary.metrics[badSeries(key)])
  const reached = countOf(summary.metrics[marginSeries(key)])
  const judged = judgeRule(
    rule,
    { type: 'counts', n: reached + priceOf(rule.limit) * broken, bad: broken },
    1,
  )
  const isDoubtful = judged.status === 'PASS' || judged.status === 'UNDECIDED'
  if (!isDoubtful && unjudged.length === 0) return judged
  const lacking = Math.max(0, marginNeeded(rule.limit) - reached)
  const doubts = [
    ...unjudged,
    ...missing,
    ...(isDoubtful && lacking > 0 ? [`k6's threshold wants ${whole(lacking)} more good samples`] : []),
  ]
  if (doubts.length === 0) return judged
  return {
    ...judged,
    status: 'UNDECIDED',
    needed: judged.samples + lacking,
    reason: `${doubts.join('; ')} (measured: ${judged.reason})`,
  }
}

function criterionVerdict(
  id: string,
  { text, rules }: Criterion,
  summary: Summary,
  circumstances: Circumstances,
): CriterionVerdict {
  const judged = rules
    .filter((rule) => rule.judge === 'share')
    .map((rule, index) => ({ rule, judgement: judge(rule, ruleKey(id, index), summary, circumstances) }))
  const status = worst(judged.map(({ judgement }) => judgement.status))
  const deciding = judged.find(({ judgement }) => judgement.status === status)!
  return { id, text, source: '', ...criterionFields(judged, deciding), phase: 'whole run', witness: null }
}

/** One line: the criteria that decide, and what else is red in k6. */
function lineOf(verdict: Status, judged: CriterionVerdict[], crossed: Circumstances['crossed']): string {
  const ids = judged.filter(({ status }) => status === verdict).map(({ id }) => id)
  const count = `${verdict} ${ids.length} of ${judged.length}`
  const named = verdict === 'PASS' || ids.length === 0 ? count : `${count}: ${ids.join(', ')}`
  if (crossed.length === 0) return named
  return `${named}; crossed in k6: ${crossed.map(({ name }) => name).join(', ')}`
}

/** The verdict of a script's run, from what k6 gives to handleSummary: the schema of every run. Pure. */
export function verdictOf(
  criteria: Record<string, Criterion>,
  summary: Summary,
  circumstances: Circumstances,
  endedAt: number,
): Verdict {
  const { unjudged, missing, crossed } = circumstances
  const judged = Object.entries(criteria).map(([id, criterion]) =>
    criterionVerdict(id, criterion, summary, circumstances),
  )
  // k6 exits with 99 where a threshold is crossed, whoever wrote it.
  const verdict = worst([...judged.map(({ status }) => status), ...crossed.map((): Status => 'UNDECIDED')])
  return {
    ...ofScript,
    started: new Date(endedAt - summary.state.testRunDurationMs).toISOString(),
    seconds: summary.state.testRunDurationMs / 1000,
    verdict,
    line: lineOf(verdict, judged, crossed),
    reasons: [
      ...unjudged,
      ...missing,
      ...crossed.map(({ text }) => text),
      ...repeatsText(countOf(summary.metrics[repeatsMetric])),
    ],
    criteria: judged,
    generator: {
      ...ofScript.generator,
      offered: countOf(summary.metrics['iterations']) + countOf(summary.metrics[dropped]),
      delivered: countOf(summary.metrics['iterations']),
      dropped: countOf(summary.metrics[dropped]),
    },
  }
}

const statusWidth = 'UNDECIDED'.length

function textOf(summary: Summary, { line, criteria, reasons }: Verdict): string {
  return [
    ...k6Text(summary),
    '',
    ...criteria.flatMap(({ id, status, text, observed, reason }) => [
      `  ${status.padEnd(statusWidth)} ${id}: ${text}`,
      `  ${''.padEnd(statusWidth)} ${observed}; ${reason}`,
    ]),
    ...(reasons.length > 0 ? ['', ...reasons.map((reason) => `  ${reason}`)] : []),
    '',
    `  verdict: ${line}`,
    '',
  ].join('\n')
}

const nothingRead: Summary = { metrics: {}, state: { testRunDurationMs: 0 } }

/** The verdict of a run whose summary nobody could read: it says so, in place of an older one in the same file. */
function unread(criteria: Record<string, Criterion>, error: unknown): Verdict {
  const reason = `the end of the run could not be read: ${error instanceof Error ? error.message : String(error)}`
  return verdictOf(criteria, nothingRead, { unjudged: [reason], missing: [], crossed: [] }, Date.now())
}

/** What k6's handleSummary returns: the text for the terminal, and JSON where VERDICT names a file. */
export function summarise(
  criteria: Record<string, Criterion>,
  input: unknown,
  options: RunOptions,
): Record<string, string> {
  let summary = nothingRead
  let verdict: Verdict
  try {
    summary = readSummary(input, options.thresholds ?? {})
    verdict = verdictOf(criteria, summary, circumstancesOf(summary, options), Date.now())
  } catch (error) {
    verdict = unread(criteria, error)
  }
  const file = __ENV['VERDICT']
  return {
    stdout: textOf(summary, verdict),
    ...(file === undefined || file === '' ? {} : { [file]: JSON.stringify(verdict, null, 1) }),
  }
}
