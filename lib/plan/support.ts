// What a target can support: the criteria of a plan, less those that rest on what the preflight found it not to do.
import { isCheck, isJoined, namesOf } from '../../verdict/criterion.ts'
import type { Criterion, Rule } from '../../verdict/criterion.ts'
import type { Preflight } from '../drive/actor.ts'
import type { Plan } from './plan.ts'
import { checksIn, groupsBySteps, type Vocabulary } from './vocabulary.ts'

export type Support = Pick<Plan, 'claimed' | 'notClaimed'>

type Found = Pick<Preflight, 'missing' | 'reasons' | 'wrong' | 'checks'>

/** What a rule rests on: the names that it judges, and the figure of the target that these are held against. */
const restingOn = (rule: Rule): string[] => [
  ...namesOf(rule),
  ...(rule.judge === 'agrees' ? [rule.point] : []),
]

/** Why nobody can judge the criterion; undefined where it can be judged. */
function lackOf(
  { rules }: Criterion,
  { missing, reasons = {}, wrong = {}, checks = {} }: Found,
): string | undefined {
  for (const name of rules.flatMap(restingOn)) {
    const check = Object.hasOwn(checks, name) ? checks[name]! : null
    if (check?.is === 'not made') return check.why
    if (Object.hasOwn(wrong, name)) return wrong[name]
    if (missing.includes(name))
      return Object.hasOwn(reasons, name) ? reasons[name] : `the target does not report ${name}`
  }
  return undefined
}

/**
 * Without the rules about what an oracle would join, where actors cannot see it, as long as there are others: these need nothing
 * of it. They stand last, so that the numbers of the others stay.
 */
function withoutUnseen(criterion: Criterion, { missing }: Found): Criterion {
  const rules = criterion.rules.filter(
    (rule) => !isJoined(rule) || !namesOf(rule).some((name) => missing.includes(name)),
  )
  return rules.length > 0 ? { ...criterion, rules } : criterion
}

export function supportOf(plan: Support, found: Found): Support {
  const claimed: Support['claimed'] = {}
  const notClaimed = [...plan.notClaimed]
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    const judgeable = withoutUnseen(criterion, found)
    const why = lackOf(judgeable, found)
    if (why === undefined) claimed[id] = judgeable
    else notClaimed.push({ id, why })
  }
  return { claimed, notClaimed }
}

/** What the first requests found, with the groups of the steps among what is wrong, and why no load is to follow, if none is. */
export type PreflightResult = Preflight & { stopped?: string }

export function preflightResult(
  plan: Required,
  names: Vocabulary,
  { wrong = {}, ...found }: Preflight,
): PreflightResult {
  const groups = groupsBySteps(names)
  const all = { ...wrong }
  for (const [name, why] of Object.entries(wrong)) for (const group of groups[name] ?? []) all[group] ??= why
  const checks = { ...found.checks }
  for (const name of checksIn(names)) checks[name] ??= { is: 'not made', why: noSuchCheck }
  const why = whyNotBegin(plan, all)
  return { ...found, wrong: all, checks, ...(why === null ? {} : { stopped: why }) }
}

type Required = Pick<Plan, 'claimed' | 'required'>

const noSuchCheck = 'the first requests did not come to this check'

const right = 'Are its address, its tokens and its adapter right?'

/** What is done to the target is judged by itself, whatever the target answers; checks need no load. */
const judgesTarget = (criterion: Criterion): boolean =>
  !isCheck(criterion) && criterion.rules.some(({ judge }) => judge !== 'fault')

/**
 * A load would be sent for nothing where a criterion without which there is no PASS rests on what the target does not
 * understand, or every one that judges the target does. What it only does not report leaves the others to be judged.
 */
function whyNotBegin({ claimed, required }: Required, wrong: Record<string, string>): string | null {
  const lacks = Object.entries(claimed).flatMap(([id, criterion]) =>
    judgesTarget(criterion) ? [{ id, why: lackOf(criterion, { missing: [], wrong }) }] : [],
  )
  const isRequired = lacks.find(({ id, why }) => why !== undefined && required.includes(id))
  if (isRequired !== undefined)
    return `the target does not do what ${isRequired.id} is judged by: ${isRequired.why}. ${right}`
  if (lacks.length === 0 || lacks.some(({ why }) => why === undefined)) return null
  return `the target does nothing of what this case judges: ${lacks[0]!.why}. ${right}`
}
