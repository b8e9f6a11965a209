// What a load can decide: the samples that each rule of a case can expect, against those that it needs.
import { ruleKey, samplesWithoutBad } from '../verdict/criterion.ts'
import type { Criterion, PhaseKind, Rule } from '../verdict/criterion.ts'
import { arrivalsOf } from './plan-time.ts'
import type { Plan, Segment } from './plan.ts'
import type { ActorLoad, CaseDefinition, SystemCases } from './system.ts'

function expectedOf(rule: Rule, loads: ActorLoad[], segments: Segment[], workers: number) {
  if (rule.judge === 'recovery')
    return { samples: segments.some(({ kind }) => kind === rule.after) ? 1 : 0, needed: 1 }
  const names = rule.judge === 'share' ? rule.of : [rule.of]
  const kinds: readonly PhaseKind[] = rule.in
  let samples = 0
  for (const load of loads) {
    if (!('arrivals' in load)) continue
    const wanted =
      rule.judge === 'gini'
        ? (load.yields['result'] ?? 0)
        : names.reduce((sum, name) => sum + (load.yields[name] ?? 0), 0)
    for (const segment of segments) {
      if (segment.actor === load.actor && kinds.includes(segment.kind))
        samples += wanted * arrivalsOf(segment)
    }
  }
  if (rule.judge === 'share') return { samples, needed: samplesWithoutBad(rule.limit) }
  if (rule.judge === 'never') return { samples, needed: rule.floor }
  return { samples, needed: rule.perUnit * workers }
}

/** The share of the planned observations without which the absence of violations means nothing. */
const observedShare = 0.9

/** A law that was hardly observed was not kept: where the load brings more than the floor, nearly all of it is needed. */
const raised = (rule: Rule, samples: number): Rule =>
  rule.judge === 'never'
    ? { ...rule, floor: Math.max(rule.floor, Math.floor(observedShare * samples)) }
    : rule

/** A rule may name only what somebody observes: a misspelt name would never be measured. */
function checkNames(id: string, rule: Rule, system: SystemCases): void {
  const valid = [...system.apiSteps, ...system.observations]
  const unknown = (rule.judge === 'share' ? rule.of : [rule.of]).filter((name) => !valid.includes(name))
  if (unknown.length > 0) {
    throw new Error(
      `criterion ${id} judges the unknown step "${unknown.join(', ')}"; valid: ${valid.join(', ')}`,
    )
  }
}

/** Which criteria of the case this load can decide, with the floors that it makes possible. */
export function claims(
  systemName: string,
  system: SystemCases,
  definition: CaseDefinition,
  segments: Segment[],
  workers: number,
) {
  const claimed: Record<string, Criterion> = {}
  const notClaimed: { id: string; why: string }[] = []
  const expected: Plan['expected'] = {}
  for (const own of definition.criteria) {
    const id = `${systemName}.${own}`
    const criterion = system.criteria[own]
    if (criterion === undefined)
      throw new Error(`${definition.id} claims "${own}", which is not among its system's criteria`)
    for (const rule of criterion.rules) checkNames(id, rule, system)
    const needs = criterion.rules.map((rule) => expectedOf(rule, definition.actors, segments, workers))
    const short = needs.find(({ samples, needed }) => samples < needed)
    if (short !== undefined) {
      notClaimed.push({ id, why: `needs ${short.needed} samples; this load brings ${short.samples}` })
      continue
    }
    claimed[id] = {
      ...criterion,
      rules: criterion.rules.map((rule, index) => raised(rule, needs[index]!.samples)),
    }
    needs.forEach((need, index) => (expected[ruleKey(id, index)] = need))
  }
  return { claimed, notClaimed, expected }
}
