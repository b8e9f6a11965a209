// The verdict at the end of somebody's script: each criterion with its evidence and bounds, as text and as JSON.
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion } from '../../verdict/criterion.ts'
import { judgeRule } from '../../verdict/rules.ts'
import { criterionFields, type Judgement } from '../../verdict/judgement.ts'
import { ofScript } from '../../verdict/script-verdict.ts'
import { severity } from '../../verdict/severity.ts'
import type { CriterionVerdict, Status, Verdict } from '../../verdict/verdict.ts'
import { whole } from '../../verdict/wording.ts'
import type { Metric, Summary } from '../summary/summary.ts'
import { marginNeeded } from './gate.ts'
import { badSeries, marginSeries, open, priceOf } from './series.ts'
import type { ShareRule } from './series.ts'
import { dropped } from './thresholds.ts'

/** Where nothing is known of the circumstances a FAIL is believed less than INVALID. */
const worst = (statuses: Status[]): Status =>
  statuses.reduce((most, each) => (severity(each, true) > severity(most, true) ? each : most), 'PASS')

const countOf = (metric: Metric | undefined): number => metric?.values['count'] ?? 0
const crossed = (metric: Metric | undefined): boolean =>
  Object.values(metric?.thresholds ?? {}).some(({ ok }) => !ok)

/** Why what was measured is not all that was asked for. The script may have set limits of its own on either. */
function cutOff({ metrics }: Summary): string[] {
  const reasons: string[] = []
  if (crossed(metrics[open]))
    reasons.push(
      `${whole(countOf(metrics[open]))} measurements began and never ended; give requests a timeout shorter than gracefulStop`,
    )
  if (crossed(metrics[dropped]))
    reasons.push(
      `k6 dropped ${whole(countOf(metrics[dropped]))} arrivals for want of a free virtual user; raise maxVUs, or the system is too slow`,
    )
  return reasons
}

/** A PASS that k6's own exit code will not show, or that rests on part of the run, is none. */
function judge(rule: ShareRule, key: string, summary: Summary, missing: string[]): Judgement {
  const broken = countOf(summary.metrics[badSeries(key)])
  const reached = countOf(summary.metrics[marginSeries(key)])
  const judged = judgeRule(
    rule,
    { type: 'counts', n: reached + priceOf(rule.limit) * broken, bad: broken },
    1,
  )
  if (judged.status === 'FAIL' || judged.status === 'INVALID') return judged
  const lacking = Math.max(0, marginNeeded(rule.limit) - reached)
  const doubts =
    lacking > 0 ? [...missing, `k6's threshold wants ${whole(lacking)} more good samples`] : missing
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
  missing: string[],
): CriterionVerdict {
  const judged = rules
    .filter((rule) => rule.judge === 'share')
    .map((rule, index) => ({ rule, judgement: judge(rule, ruleKey(id, index), summary, missing) }))
  const status = worst(judged.map(({ judgement }) => judgement.status))
  const deciding = judged.find(({ judgement }) => judgement.status === status)!
  return { id, text, source: '', ...criterionFields(judged, deciding), phase: 'whole run', witness: null }
}

/** The verdict of a script's run, from what k6 gives to handleSummary: the schema of every run. Pure. */
export function verdictOf(criteria: Record<string, Criterion>, summary: Summary, endedAt: number): Verdict {
  const missing = cutOff(summary)
  const judged = Object.entries(criteria).map(([id, criterion]) =>
    criterionVerdict(id, criterion, summary, missing),
  )
  const verdict = worst(judged.map(({ status }) => status))
  const ids = judged.filter(({ status }) => status === verdict).map(({ id }) => id)
  const line = `${verdict} ${ids.length} of ${judged.length}`
  return {
    ...ofScript,
    started: new Date(endedAt - summary.state.testRunDurationMs).toISOString(),
    seconds: summary.state.testRunDurationMs / 1000,
    verdict,
    line: verdict === 'PASS' ? line : `${line}: ${ids.join(', ')}`,
    reasons: missing,
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

function textOf({ line, criteria }: Verdict): string {
  return [
    '',
    ...criteria.flatMap(({ id, status, text, observed, reason }) => [
      `  ${status.padEnd(statusWidth)} ${id}: ${text}`,
      `  ${''.padEnd(statusWidth)} ${observed}; ${reason}`,
    ]),
    '',
    `  verdict: ${line}`,
    '',
  ].join('\n')
}

/** What k6's handleSummary returns: the text for the terminal, and JSON where VERDICT names a file. */
export function summarise(criteria: Record<string, Criterion>, summary: unknown): Record<string, string> {
  const verdict = verdictOf(criteria, summary as Summary, Date.now())
  const file = __ENV['VERDICT']
  return {
    stdout: textOf(verdict),
    ...(file === undefined || file === '' ? {} : { [file]: JSON.stringify(verdict, null, 1) }),
  }
}
