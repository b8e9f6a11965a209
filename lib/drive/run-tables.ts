// What setup() hands to virtual users of a plan and its criteria: tables by name, made once, so that nobody searches.
import { kindsOf, namesOf, ruleKey } from '../../verdict/criterion.ts'
import type { Rule } from '../../verdict/criterion.ts'
import { countsFar, farKey, farMs } from '../../verdict/fine-limits.ts'
import type { Check, RunData } from './actor.ts'
import { restName } from '../plan/phase.ts'
import type { Plan } from '../plan/plan.ts'
import { isCounted, type CountedRule } from '../summary/series.ts'
import { membersOf } from '../plan/vocabulary.ts'
import type { Vocabulary } from '../plan/vocabulary.ts'

/** What each observation with a key means for the accounts of promises. */
export function promiseAccountsOf({ observations }: Vocabulary): RunData['promiseAccounts'] {
  const account: RunData['promiseAccounts'] = {}
  for (const [of, { accountsFor }] of Object.entries(observations)) {
    if (accountsFor === undefined) continue
    const { promised, unsure } = accountsFor
    account[unsure] = [[unsure, 1]]
    ;(account[promised] ??= []).push([of, 1])
    ;(account[of] ??= []).push([of, -1])
  }
  return account
}

/** What follows the last phase: of no kind that a criterion names, with what the system adds to the last phase. */
export function restOf(plan: Plan): RunData['rest'] {
  const start = plan.driveSeconds
  const last = plan.phases.at(-1)
  return {
    name: restName,
    kind: 'warmup',
    start,
    end: start + plan.settleSeconds,
    queueSeconds: 0,
    added: last?.added ?? {},
  }
}

/** The limit in ms over which an observation is bad; 0 for none. */
function limitMsOf(rule: Rule): number {
  if (rule.judge === 'share' || rule.judge === 'never') return rule.overMs ?? 0
  if (rule.judge !== 'recovery') return 0
  return rule.window === undefined ? rule.withinSeconds * 1000 : (rule.window.overMs ?? 0)
}

function checkOf(rule: CountedRule, key: string): Check {
  const check: Check = [key, limitMsOf(rule), rule.judge === 'never' ? (rule.least ?? null) : null]
  if (rule.judge !== 'recovery' && rule.only !== undefined) check.push(rule.only)
  return check
}

const farCheckOf = ([key, overMs]: Check): Check => [farKey(key), overMs + farMs, null]

/** By phase kind and by step or observation: which rules judge it. */
export function checksOf(plan: Plan, names: Vocabulary): RunData['checks'] {
  const checks: RunData['checks'] = {}
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    for (const [index, rule] of rules.entries()) {
      if (!isCounted(rule)) continue
      const check = checkOf(rule, ruleKey(id, index))
      const own = countsFar(rule) ? [check, farCheckOf(check)] : [check]
      for (const kind of kindsOf(rule))
        for (const name of membersOf(names, namesOf(rule))) ((checks[kind] ??= {})[name] ??= []).push(...own)
    }
  }
  return checks
}

/** By step: which rules judge the rate of its answers. */
export function ratesOf(plan: Plan, names: Vocabulary): RunData['rates'] {
  const rates: RunData['rates'] = {}
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    for (const [index, rule] of rules.entries()) {
      if (rule.judge !== 'rate') continue
      for (const step of membersOf(names, rule.of))
        for (const kind of rule.in)
          (rates[step] ??= []).push([ruleKey(id, index), kind, rule.windowSeconds ?? 0])
    }
  }
  return rates
}

/** By step or observation: which rules hold a count of the target against it. */
export function agreementsOf(plan: Plan, names: Vocabulary): RunData['agreements'] {
  const agreements: RunData['agreements'] = {}
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    for (const [index, rule] of rules.entries()) {
      if (rule.judge !== 'agrees') continue
      for (const name of membersOf(names, [rule.of]))
        (agreements[name] ??= []).push([ruleKey(id, index), rule.count])
    }
  }
  return agreements
}

export function talliesOf(plan: Plan): string[] {
  const rules = Object.values(plan.claimed).flatMap((criterion) => criterion.rules)
  const { done, inTime } = plan.work ?? {}
  const ofWork = [done, inTime].filter((name) => name !== undefined)
  return [...new Set([...ofWork, ...rules.flatMap((rule) => ('now' in rule ? namesOf(rule) : []))])]
}
