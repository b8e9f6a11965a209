// What plain k6 prints at the end, in its familiar layout: a mark, the criterion, the figures.
import { accounted } from '../../verdict/accounts.ts'
import { isCheck, ruleKey } from '../../verdict/criterion.ts'
import { tooFine } from '../../verdict/fine-limits.ts'
import type { Counts, ProcessEvidence } from '../../verdict/evidence.ts'
import { ruleThresholds } from './k6-thresholds.ts'
import type { Start } from '../start.ts'
import { isJudged, thresholdsWereOff } from './k6-summary.ts'
import type { Summary } from './k6-summary.ts'
import { thresholdMark } from './series.ts'
import { repeatsText } from '../../verdict/wording.ts'

const idWidth = 37

export const areOff = (summary: Summary): boolean => !isJudged(summary, thresholdMark)
const off = `UNDECIDED: ${thresholdsWereOff}. Without them it counts nothing that could be judged`

/** ✗ a limit is crossed, ? too little was measured, - k6 cannot judge it, or does not say how it did, ✓ neither. */
function markOf(begun: Start, summary: Summary, id: string): string {
  const { plan, system } = begun
  const rules = plan.claimed[id]?.rules ?? []
  const stateOf = (metric: string, threshold: string): boolean | null => {
    const judged = summary.metrics[metric]?.thresholds?.[threshold]
    return judged === undefined ? false : judged.ok
  }
  const checks = rules.map((_, index) => ruleThresholds(plan, system.names, id, index))
  const crossed = checks.flat().filter(({ metric, threshold }) => stateOf(metric, threshold) === false)
  if (crossed.some(({ floor }) => !floor)) return '✗'
  if (crossed.length > 0) return '?'
  if (checks.flat().some(({ metric, threshold }) => stateOf(metric, threshold) === null)) return '-'
  return checks.some((own) => own.length === 0) ? '-' : '✓'
}

function criterionLine(begun: Start, summary: Summary, evidence: ProcessEvidence, id: string): string {
  const { text, rules } = begun.plan.claimed[id]!
  const counts = rules
    .map((_, index) => evidence.rules[ruleKey(id, index)])
    .filter((found): found is Counts => found?.type === 'counts')
    .map((found) => (evidence.complete ? accounted(found) : found))
  const figures = counts
    .map(({ n, bad, imbalance }) => `${bad} bad of ${n}${imbalance === undefined ? '' : `: ${imbalance}`}`)
    .join(', ')
  const unmade = isCheck({ rules }) && counts.every(({ n }) => n === 0)
  const mark = unmade ? '-' : markOf(begun, summary, id)
  const without = figures === '' ? 'needs ./assay run' : `${figures}; the rest needs ./assay run`
  const note = unmade ? 'not checked: see the preflight' : mark === '-' ? without : figures
  return `    ${mark} ${id.padEnd(idWidth)} ${text}${note === '' ? '' : `  (${note})`}`
}

const ms = (value: number): string => `${value.toFixed(1)}ms`

export function textOf(begun: Start, summary: Summary, evidence: ProcessEvidence): string {
  const { plan, shortfalls } = begun
  const { generator } = evidence
  const head = `  ${plan.case} ${plan.profile}, seed ${plan.seed}`
  if (areOff(summary)) return ['', head, `  ${off}`, ''].join('\n')
  const crossed = Object.entries(summary.metrics).flatMap(([metric, { thresholds }]) =>
    Object.entries(thresholds ?? {})
      .filter(([, { ok }]) => ok === false)
      .map(([threshold]) => `    ✗ ${metric}  ${threshold}`),
  )
  return [
    '',
    `${head}: criteria by point estimates (./assay run judges with bounds, and shows why)`,
    ...shortfalls.map((why) => `  UNDECIDED at best: ${why}`),
    ...Object.keys(plan.claimed).map((id) => criterionLine(begun, summary, evidence, id)),
    ...plan.notClaimed.map(({ id, why }) => `    - ${id.padEnd(idWidth)} not claimed: ${why}`),
    ...(crossed.length > 0 ? ['', '  thresholds crossed', ...crossed] : []),
    '',
    `  arrivals: ${generator.started} of ${generator.planned} started, ${generator.dropped} dropped; generator lag P99 ${ms(generator.lag.p99Ms)}`,
    ...[...new Set(tooFine(plan.claimed, generator.lag).values())].map((why) => `  ${why}`),
    ...repeatsText(evidence.repeated ?? 0).map((text) => `  ${text}`),
    ...evidence.steps
      .filter(({ requests }) => requests > 0)
      .map(
        ({ step, requests, failed, p50, p95, p99, max }) =>
          `  ${step.padEnd(12)} ${String(requests).padStart(7)} requests  ${String(failed).padStart(5)} failed  ` +
          `med=${ms(p50)} p(95)=${ms(p95)} p(99)=${ms(p99)} max=${ms(max)}`,
      ),
    '',
  ].join('\n')
}
