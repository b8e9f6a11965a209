// What a load can decide: the samples that each rule of a case can expect, against those that it needs.
import {
  beforeLoad,
  isCheck,
  isJoined,
  isOfCheck,
  kindsOf,
  leastAgreed,
  namesOf,
  ruleKey,
} from '../../verdict/criterion.ts'
import type { PhaseKind, Rule, Side } from '../../verdict/criterion.ts'
import type { Clock } from '../../verdict/evidence.ts'
import type { Plan, PlannedFault, PlannedPhase } from './plan.ts'
import { deviations, neededFor, neededInEach } from './needed.ts'
import { checkOrder, checkRule } from './rule-check.ts'
import type { Case, System } from './system.ts'
import { membersOf } from './vocabulary.ts'
import { meanLevel, yieldsIn, yieldsOfKinds } from './yields.ts'
import type { PlannedLoad } from './yields.ts'

export interface ClaimInput extends PlannedLoad {
  systemName: string
  system: System
  definition: Case
  faults: PlannedFault[]
  /** Kinds of the whole plan's phases: DURATION may have cut some of them off. */
  kinds: PhaseKind[]
  peakLevel: number
  clock: Clock
  /** Whether the checks before the load are made. */
  withChecks: boolean
}

/** What the load leads to; of a sample no more than is taken of it, kind by kind. */
function samplesIn(names: string[], kinds: readonly PhaseKind[], load: ClaimInput): number {
  const vocabulary = load.system.names
  return membersOf(vocabulary, names).reduce((sum, name) => {
    const most = vocabulary.observations[name]?.atMost ?? Infinity
    if (most === Infinity) return sum + yieldsOfKinds(load, [name], kinds)
    return kinds.reduce((own, kind) => own + Math.min(most, yieldsOfKinds(load, [name], [kind])), sum)
  }, 0)
}

interface Expected {
  samples: number
  needed: number
  /** What is counted, for people. */
  unit: string
}

/** Services are watched at least so long before anything is said about their growth: ten minutes after their warm-up. */
const leastWatchedSeconds = 750
/** The use of processors is judged by blocks of a few seconds, of which there have to be some. */
const leastBusySeconds = 30
/** So many observations beyond a percentile make its bounds narrow enough for a comparison. */
const beyondPercentile = 20

const secondsIn = (phases: PlannedPhase[], kinds: readonly PhaseKind[]): number =>
  phases.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { start, end }) => sum + end - start, 0)

/** The phases of a side as far as the plan can tell: which step will be the best one is not known before. */
function planned(side: Side, phases: PlannedPhase[]): PlannedPhase[] {
  const own = phases.filter(({ kind }) => kind === side.in)
  switch (side.which) {
    case undefined:
      return own
    case 'first':
      return own.slice(0, 1)
    case 'first quarter':
    case 'last quarter':
      return quarterOf(side.which, own, ({ start, end }) => end - start)
    default:
      return own.slice(-1)
  }
}

/** With fewer phases of a kind a quarter is the first or the last one. */
const fewestForQuarters = 4

/**
 * The phases of one kind that make a quarter of their time: those whose middle lies in it, because evidence is kept by
 * phase and cannot be cut more finely.
 */
export function quarterOf<Phase>(
  which: 'first quarter' | 'last quarter',
  own: Phase[],
  secondsOf: (phase: Phase) => number,
): Phase[] {
  const isFirst = which === 'first quarter'
  const whole = own.reduce((sum, phase) => sum + secondsOf(phase), 0)
  let before = 0
  const inside = own.filter((phase) => {
    const middle = (before + secondsOf(phase) / 2) / whole
    before += secondsOf(phase)
    return isFirst ? middle < 1 / 4 : middle >= 3 / 4
  })
  if (own.length >= fewestForQuarters && inside.length > 0) return inside
  return isFirst ? own.slice(0, 1) : own.slice(-1)
}

function expectedOf(rule: Rule, load: ClaimInput): Expected {
  const { phases, peakLevel } = load
  const samples = (names: string[]): number => samplesIn(names, kindsOf(rule), load)
  const sideSamples = (names: string[], side: Side): number => {
    const own = planned(side, phases)
    return yieldsIn(load, names, (phase) => own.includes(phase))
  }
  // Made once, whatever the load.
  if (isOfCheck(rule)) return { samples: 1, needed: 1, unit: 'checks' }
  switch (rule.judge) {
    case 'recovery':
      return {
        samples: phases.some(({ kind }) => kind === rule.after) ? 1 : 0,
        needed: 1,
        unit: `phases of kind ${rule.after}`,
      }
    case 'gini':
      return { samples: samples([rule.of]), needed: rule.perUnit * peakLevel, unit: 'samples' }
    case 'share':
      return { samples: samples(rule.of), needed: neededInEach(rule, load), unit: 'samples' }
    case 'never':
      return { samples: samples([rule.of]), needed: rule.floor, unit: 'samples' }
    case 'rate':
      return {
        samples: samples(rule.of),
        needed: neededFor(rule.least, secondsIn(phases, rule.in)),
        unit: 'samples',
      }
    case 'ratio': {
      const [one, other] = [sideSamples([rule.of], rule.now), sideSamples([rule.of], rule.before)]
      const [least, most] = [Math.min(one, other), Math.max(one, other)]
      const needed = (deviations / (1 - rule.least)) ** 2 * (1 + least / Math.max(1, most))
      return { samples: least, needed: Math.ceil(needed), unit: 'samples' }
    }
    case 'slower': {
      const least = Math.min(sideSamples([rule.of], rule.now), sideSamples([rule.of], rule.before))
      return { samples: least, needed: Math.ceil(beyondPercentile / (1 - rule.p / 100)), unit: 'samples' }
    }
    case 'falls': {
      const least = Math.min(sideSamples([rule.among], rule.now), sideSamples([rule.among], rule.before))
      // So many that a difference of two shares of about a half is known to within the limit.
      return { samples: least, needed: Math.ceil(0.5 * (deviations / rule.most) ** 2), unit: 'samples' }
    }
    case 'mean':
    case 'law':
      return { samples: samples([rule.of]), needed: rule.floor, unit: 'samples' }
    case 'agrees':
      return { samples: samples([rule.of]), needed: leastAgreed, unit: 'samples' }
    case 'fault':
      return { samples: load.faults.length, needed: 1, unit: 'faults' }
    case 'leak':
    case 'cost':
    case 'bounded':
      return { samples: secondsIn(phases, rule.in), needed: leastWatchedSeconds, unit: 's' }
    case 'busy':
      return { samples: secondsIn(phases, rule.in), needed: leastBusySeconds, unit: 's' }
  }
}

/** Rules about what only real services do in real time. */
const ofServices: Rule['judge'][] = ['leak', 'cost', 'bounded', 'busy', 'agrees']

/** Why the shape of a load rules out a rule, whatever its size; null when it does not. */
function misshapen(rule: Rule, { phases, levels, peakLevel, system, clock }: ClaimInput): string | null {
  const { unit, names } = system
  if (clock === 'virtual') {
    if (ofServices.includes(rule.judge)) return 'judges real time, and this load is simulated'
    // The requests of a job only steer what it simulates.
    if (membersOf(names, namesOf(rule)).some((name) => Object.hasOwn(names.steps, name)))
      return 'judges real requests, and this load is simulated'
  }
  if (rule.judge === 'never' && peakLevel < (rule.level ?? 0))
    return `needs ${rule.level} ${unit}; this load has ${peakLevel}`
  if (rule.judge === 'rate' && rule.windowSeconds !== undefined) {
    // Stretches begin anywhere in a phase, and the last one is not judged.
    const needed = 3 * rule.windowSeconds
    const longest = Math.max(0, ...phases.map((phase) => secondsIn([phase], rule.in)))
    if (longest < needed) return `needs ${needed} s without a break; this load brings ${Math.floor(longest)}`
  }
  if ('now' in rule && rule.now.which?.endsWith('quarter') === true) {
    const seconds = secondsIn(phases, [rule.now.in])
    if (seconds < leastWatchedSeconds)
      return `needs ${leastWatchedSeconds} s; this load brings ${Math.floor(seconds)}`
  }
  // A phase compared with itself is the same as before, whatever it is.
  if (
    'now' in rule &&
    planned(rule.now, phases).some((phase) => planned(rule.before, phases).includes(phase))
  )
    return `needs two phases of kind ${rule.now.in} to compare`
  if (rule.judge !== 'ratio' || rule.growth === undefined) return null
  const [now, before] = [rule.now, rule.before].map((side) => {
    const own = planned(side, phases)
    return own.reduce((sum, phase) => sum + meanLevel(levels, phase), 0) / Math.max(1, own.length)
  }) as [number, number]
  const growth = before > 0 ? now / before : 0
  return growth >= rule.growth
    ? null
    : `needs ${rule.growth} times the ${unit}; this load goes to ${Number(growth.toFixed(2))} times`
}

const unserved: PhaseKind[] = ['overload', 'fault', 'degraded']
/** The share of the planned observations without which the absence of violations means nothing. */
const observedShare = 0.9

/**
 * A law that was hardly observed was not kept: where the load brings more than the floor, nearly all of it is needed. Not
 * in overload, of which the target refuses as much as it has to, nor while something is broken on purpose, nor of what an
 * oracle joins: how many of these there will be hangs on what is drawn.
 */
function raised(rule: Rule, load: ClaimInput): Rule {
  if (rule.judge !== 'never' || isOfCheck(rule) || isJoined(rule)) return rule
  const served = rule.in.filter((kind) => !unserved.includes(kind))
  const samples = samplesIn([rule.of], served, load)
  return { ...rule, floor: Math.max(rule.floor, Math.floor(observedShare * samples)) }
}

/** A rule without the kinds that the plan does not have; null when none is left to judge. */
function within(rule: Rule, kinds: readonly PhaseKind[]): Rule | null {
  if (rule.judge === 'recovery') return kinds.includes(rule.after) ? rule : null
  if ('now' in rule) return kindsOf(rule).every((kind) => kinds.includes(kind)) ? rule : null
  const own = rule.in.filter((kind) => kinds.includes(kind))
  return own.length > 0 ? { ...rule, in: own } : null
}

/** Why the rules cannot all be decided by this load, or what each of them can expect. */
function judgeable(rules: Rule[], load: ClaimInput): { why: string } | { needs: Expected[] } {
  const bad = rules.map((rule) => misshapen(rule, load)).find((why) => why !== null)
  if (bad !== undefined && bad !== null) return { why: bad }
  const needs = rules.map((rule) => expectedOf(rule, load))
  const short = needs.find(({ samples, needed }) => samples < needed)
  if (short === undefined) return { needs }
  const { needed, samples, unit } = short
  return { why: `needs ${needed} ${unit}; this load brings ${Math.floor(samples)}` }
}

/** Whether at most so many of the requests may be bad. Where each step is judged, the next one is looked at, too. */
const isRequestShare = (rule: Rule, { names }: System): boolean =>
  rule.judge === 'share' &&
  rule.eachStep !== true &&
  !rule.of.some((name) => Object.hasOwn(names.observations, name))

type Claims = Pick<Plan, 'claimed' | 'notClaimed' | 'expected' | 'endsWhenLost'>

/** Which criteria of the case this load can decide, with the floors that it makes possible. */
export function claims(load: ClaimInput): Claims {
  const { systemName, system, definition, faults, withChecks } = load
  const kinds = [...load.kinds, beforeLoad] as const
  const result: Claims = { claimed: {}, notClaimed: [], expected: {}, endsWhenLost: [] }
  const checks = Object.keys(system.criteria).filter((own) => isCheck(system.criteria[own]!))
  // Every run has its first requests.
  for (const own of new Set([...definition.criteria, ...checks])) {
    const id = `${systemName}.${own}`
    const criterion = system.criteria[own]!
    for (const rule of criterion.rules) checkRule(id, rule, system, definition)
    checkOrder(id, criterion)
    if (!withChecks && isCheck(criterion)) {
      result.notClaimed.push({ id, why: 'CHECKS=none' })
      continue
    }
    const rules = criterion.rules.flatMap((rule) => within(rule, kinds) ?? [])
    if (rules.length === 0) {
      result.notClaimed.push({ id, why: 'this load has no phase of a kind that it judges' })
      continue
    }
    const judged = judgeable(rules, load)
    if ('why' in judged) {
      result.notClaimed.push({ id, why: judged.why })
      continue
    }
    const { needs } = judged
    if (faults.length === 0 && rules.some((rule) => isRequestShare(rule, system)))
      result.endsWhenLost.push(id)
    result.claimed[id] = {
      ...criterion,
      rules: rules.map((rule) => raised(rule, load)),
    }
    needs.forEach((need, index) => {
      result.expected[ruleKey(id, index)] = need
    })
  }
  return result
}
