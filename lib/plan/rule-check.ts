// A rule that can never get evidence is an error of whoever wrote it: claimed, it would be UNDECIDED in every run.
import { beforeLoad, isJoined, kindsOf, namesOf } from '../../verdict/criterion.ts'
import type { Criterion, Rule } from '../../verdict/criterion.ts'
import { isCounted } from '../summary/series.ts'
import type { Case, System } from './system.ts'
import { checksIn, groupsBySteps, groupsOf } from './vocabulary.ts'

/**
 * @param id of the criterion, with the system's prefix
 * @throws Error that names the criterion, and what nobody would bring its rule
 */
export function checkRule(id: string, rule: Rule, system: System, definition: Case): void {
  checkNames(id, rule, system)
  checkKind(id, rule, system)
  if (rule.judge === 'cost' && system.names.work === undefined)
    throw new Error(
      `criterion ${id} judges what a piece of work costs, and the system does not say what that is; declare work among its names`,
    )
  if (rule.judge === 'busy' && !(rule.under > 0 && rule.under <= 1))
    throw new Error(
      `criterion ${id} judges processors at ${rule.under} of what a service may use; expected a share over 0 and up to 1, see percent()`,
    )
  if (rule.judge === 'agrees') checkFigure(id, rule, system)
  if (rule.judge === 'law' && definition.history !== true)
    throw new Error(
      `criterion ${id} judges laws, which an oracle holds against a history, and ${definition.id} keeps none; set history: true`,
    )
}

/** What the target counts of itself is a point that actors tell. */
function checkFigure(id: string, rule: Extract<Rule, { judge: 'agrees' }>, { names }: System): void {
  if (!names.points.includes(rule.point))
    throw new Error(
      `criterion ${id} holds the unknown point "${rule.point}" against what actors saw; valid: ${names.points.join(', ') || 'none'}`,
    )
  if (!(rule.within >= 0 && rule.within < 1))
    throw new Error(
      `criterion ${id} lets the two counts be ${rule.within} apart; expected a share from 0 to under 1, see percent()`,
    )
}

/**
 * A target that does not show what an oracle joins is judged by the other rules, whose evidence is kept under their numbers.
 * @throws Error where one of these does not stand before them
 */
export function checkOrder(id: string, { rules }: Criterion): void {
  const first = rules.findIndex(isJoined)
  if (first !== -1 && !rules.slice(first).every(isJoined))
    throw new Error(`criterion ${id}: rules by joinedBy() stand last; move the others before them`)
}

/** Checks are made before the load, and nothing else is observed there. */
function checkKind(id: string, rule: Rule, { names }: System): void {
  const made = checksIn(names)
  const isBefore = kindsOf(rule).includes(beforeLoad)
  if (isBefore && (kindsOf(rule).length > 1 || rule.judge !== 'never'))
    throw new Error(`criterion ${id} judges a check, which is one rule of its own; make it by check()`)
  const odd = namesOf(rule).find((name) => made.includes(name) !== isBefore)
  if (odd !== undefined)
    throw new Error(
      isBefore
        ? `criterion ${id} judges "${odd}" before the load, and it is no check; valid: ${made.join(', ') || 'none'}`
        : `criterion ${id} judges the check "${odd}" in phases of the load, and it is made before; use check()`,
    )
}

/** A rule may name only what somebody observes: a misspelt name would never be measured. */
function checkNames(id: string, rule: Rule, { names }: System): void {
  if (['leak', 'cost', 'bounded', 'busy', 'fault'].includes(rule.judge)) return
  const valid =
    'now' in rule
      ? [...names.tallies, ...Object.keys(groupsBySteps(names)), ...groupsOf(names)]
      : [...Object.keys(names.steps), ...groupsOf(names), ...Object.keys(names.observations)]
  const own = namesOf(rule)
  // k6 has no tag for a choice of several.
  if ((isCounted(rule) || isJoined(rule)) && own.length !== 1)
    throw new Error(
      `criterion ${id} counts ${own.join(' and ')} in one rule, which names one step, one group of steps or one observation; declare a group`,
    )
  const unknown = own.filter((name) => !valid.includes(name))
  if (unknown.length > 0)
    throw new Error(
      `criterion ${id} judges the unknown name "${unknown.join(', ')}"; valid: ${valid.join(', ')}`,
    )
  const isOfObservation = own.some((name) => Object.hasOwn(names.observations, name))
  if ('only' in rule && rule.only !== undefined && (isOfObservation || rule.overMs !== undefined))
    throw new Error(
      `criterion ${id} judges failures of the class ${rule.only} of "${own.join(', ')}": that is of requests, and without a limit of time`,
    )
  const what = isJoined(rule) ? 'what an oracle puts together' : toldByActors(rule)
  const requests = own.filter((name) => !Object.hasOwn(names.observations, name))
  if (what !== null && requests.length > 0)
    throw new Error(
      `criterion ${id} judges ${what} of "${requests.join(', ')}", which is no observation: of requests nobody tells that; valid: ${Object.keys(names.observations).join(', ') || 'none'}`,
    )
}

/** What the rule needs that actors tell of observations alone; null where requests have it, too. */
function toldByActors(rule: Rule): string | null {
  switch (rule.judge) {
    case 'mean':
      return 'the mean'
    case 'gini':
      return 'the distribution'
    case 'recovery':
      return rule.window === undefined ? 'the way back to normal, without a window,' : null
    case 'never':
      return rule.least === undefined ? null : 'the least value'
    default:
      return null
  }
}
