// Criteria as k6 thresholds that stand on evidence: without it they are red.
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion } from '../../verdict/criterion.ts'
import { checkScriptId } from '../../verdict/names.ts'
import { marginNeeded } from './gate.ts'
import { aside, badSeries, marginSeries, open, thresholdsOn } from './series.ts'

/** k6's own counter of arrivals that it had no virtual user for. */
export const dropped = 'dropped_iterations'

/** @throws Error for criteria that k6 could not be told, or that would judge nothing. */
function checkTable(criteria: Record<string, Criterion>): void {
  if (Object.keys(criteria).length === 0)
    throw new Error('criteria(): expected at least one criterion, got none; nothing would be judged')
  for (const [id, { rules }] of Object.entries(criteria)) {
    checkScriptId(id)
    if (rules.length === 0)
      throw new Error(
        `criterion "${id}": expected at least one rule, got none; give it one, made by latency() or errors()`,
      )
    const seen = new Set<string>()
    for (const rule of rules) {
      if (rule.judge !== 'share')
        throw new Error(
          `criterion "${id}": expected rules made by latency() or errors(), got "${rule.judge}"`,
        )
      const what = rule.percentile === undefined ? 'errors' : `P${rule.percentile}`
      const judged = `${what} of ${[...rule.of].sort().join(', ')}`
      if (seen.has(judged))
        throw new Error(
          `criterion "${id}": expected one limit for ${judged}, got two; leave one out, or change what the other judges`,
        )
      seen.add(judged)
    }
  }
}

/**
 * By metric. One threshold judges each rule. More keep out of a verdict what was cut off or never sent: another limit on what
 * was open or dropped is the script's to set, after these.
 * @throws Error as checkTable().
 */
export function thresholdsOf(criteria: Record<string, Criterion>): Record<string, string[]> {
  const thresholds: Record<string, string[]> = {
    [open]: ['count<1'],
    [dropped]: ['count<1'],
    [aside]: ['count<1'],
    [thresholdsOn]: ['count>=0'],
  }
  checkTable(criteria)
  for (const [id, { rules }] of Object.entries(criteria)) {
    rules.forEach((rule, index) => {
      if (rule.judge !== 'share') return
      const key = ruleKey(id, index)
      thresholds[marginSeries(key)] = [`count>=${marginNeeded(rule.limit)}`]
      // This one judges nothing: k6 reports a tagged series only where it has a threshold.
      thresholds[badSeries(key)] = ['count>=0']
    })
  }
  return thresholds
}
