// What the rest of a run cannot change any more: rules that are broken for good, however well all that is to come goes.
import { ruleKey } from '../../verdict/criterion.ts'
import type { Criterion, Rule } from '../../verdict/criterion.ts'
import { judgeRule } from '../../verdict/rules.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { supportOf } from '../../lib/plan/support.ts'
import { countsSoFar } from './evidence.ts'
import type { EventLog } from './events.ts'

function isBroken(rule: Rule, key: string, log: EventLog, plan: Plan): boolean {
  const bad = log.badByRule.get(key) ?? 0
  if (bad === 0) return false
  if (rule.judge === 'never') return true
  if (rule.judge === 'recovery') return rule.window === undefined
  if (rule.judge !== 'share') return false
  return judgeRule(rule, countsSoFar(plan, log, rule, key), plan.seed).status === 'FAIL'
}

/** Whether what was seen already makes a criterion FAIL. */
export const isLost = (id: string, criterion: Criterion, log: EventLog, plan: Plan): boolean =>
  criterion.rules.some((rule, index) => isBroken(rule, ruleKey(id, index), log, plan))

const hopeless = 'every criterion over a share of the requests is certain to FAIL, however the rest goes'

/**
 * Why nothing is left to be gained by going on: every claimed criterion over a share of the requests is lost. Null where one
 * may yet be met, and where none is claimed. Shares of observations are not waited for: those that are made of good answers
 * alone are never lost where there are none.
 */
export function whyHopeless(log: EventLog, plan: Plan): string | null {
  if (plan.endsWhenLost.length === 0) return null
  const { claimed } = log.preflight === null ? plan : supportOf(plan, log.preflight)
  const ids = plan.endsWhenLost.filter((id) => claimed[id] !== undefined)
  return ids.length > 0 && ids.every((id) => isLost(id, claimed[id]!, log, plan)) ? hopeless : null
}
