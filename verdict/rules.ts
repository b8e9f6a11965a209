// One rule judged on its evidence alone: PASS, FAIL or UNDECIDED; INVALID only when the evidence contradicts itself.
import type { Rule } from './criterion.ts'
import type { Counts, Evidence, EventTime, Units } from './evidence.ts'
import { waitedMs, waits } from './evidence-sum.ts'
import { fairnessOf, presentUnits } from './fairness.ts'
import { samplesWithoutBad } from './criterion.ts'
import { designEffect, mostSamples, samplesToDecide, shareBounds } from './statistics.ts'
import type { Status } from './verdict.ts'
import { decimal, exact, percentage, whole } from './wording.ts'

export interface Judgement {
  status: Status
  observed: string
  /** In the unit of the rule, like the interval; null when nothing was observed. */
  value: number | null
  samples: number
  needed: number
  interval: [number, number] | null
  reason: string
}

type RuleOf<Kind extends Rule['judge']> = Extract<Rule, { judge: Kind }>

/** `seed` makes the simulations behind a fairness rule repeatable. */
export function judgeRule(rule: Rule, evidence: Evidence | undefined, seed: number): Judgement {
  if (evidence === undefined) return nothing(neededAtLeast(rule))
  const expected = evidenceTypes[rule.judge]
  if (evidence.type !== expected)
    return contradiction(`expected evidence of type ${expected}, got ${evidence.type}`)
  if (rule.judge === 'share') return judgeShare(rule, evidence as Counts)
  if (rule.judge === 'never') return judgeNever(rule, evidence as Counts)
  if (rule.judge === 'gini') return judgeGini(rule, evidence as Units, seed)
  return judgeRecovery(rule, evidence as EventTime)
}

const evidenceTypes = { share: 'counts', never: 'counts', gini: 'units', recovery: 'event' } as const

function neededAtLeast(rule: Rule): number {
  if (rule.judge === 'share') return Math.min(mostSamples, samplesWithoutBad(rule.limit))
  return rule.judge === 'never' ? rule.floor : rule.judge === 'gini' ? rule.perUnit : 1
}

const nothing = (needed: number): Judgement => ({
  status: 'UNDECIDED',
  observed: 'nothing',
  value: null,
  samples: 0,
  needed,
  interval: null,
  reason: `nothing was observed; at least ${whole(needed)} needed`,
})

const contradiction = (what: string): Judgement => ({
  status: 'INVALID',
  observed: 'nothing',
  value: null,
  samples: 0,
  needed: 0,
  interval: null,
  reason: `the evidence contradicts itself: ${what}`,
})

const isAmount = (value: number): boolean => value >= 0 && value < Infinity

const moreSamples = (needed: number): string =>
  needed >= mostSamples
    ? 'no number of samples in reach decides at the observed rate'
    : `${whole(needed)} samples would decide at the observed rate`

function judgeShare(rule: RuleOf<'share'>, { n, bad, blocks }: Counts): Judgement {
  if (!isAmount(n) || !isAmount(bad) || bad > n)
    return contradiction(`expected 0 <= bad <= n, got ${bad} bad of ${n}`)
  const effect = blocks === undefined ? 1 : designEffect(blocks)
  if (!Number.isFinite(effect)) return contradiction('the observations per second are no numbers')
  if (n === 0) return nothing(neededAtLeast(rule))
  const { lower, upper } = shareBounds(bad / effect, n / effect)
  const status: Status = lower > rule.limit ? 'FAIL' : upper <= rule.limit ? 'PASS' : 'UNDECIDED'
  const needed = status === 'UNDECIDED' ? samplesToDecide(bad, n, rule.limit, effect) : 0
  const broken = rule.overMs === undefined ? 'failed' : `over ${rule.overMs} ms or failed`
  const bound = {
    PASS: `at most ${percentage(upper)}, allowed ${percentage(rule.limit)}`,
    FAIL: `at least ${percentage(lower)}, allowed ${percentage(rule.limit)}`,
    UNDECIDED: `between ${percentage(lower)} and ${percentage(upper)}, allowed ${percentage(rule.limit)}: ${moreSamples(needed)}`,
  }[status]
  const runs =
    blocks === undefined
      ? '; taken as independent of each other, as their seconds are not known'
      : effect > 1
        ? `; bad ones came in runs (design effect ${decimal(effect)})`
        : ''
  return {
    status,
    observed: `${percentage(bad / n)} ${broken} (${whole(bad)} of ${whole(n)})`,
    value: exact((bad / n) * 100),
    samples: n,
    needed,
    interval: [exact(lower * 100), exact(upper * 100)],
    reason: bound + runs,
  }
}

function judgeNever(rule: RuleOf<'never'>, { n, bad, unresolved = 0 }: Counts): Judgement {
  if (!isAmount(n) || !isAmount(bad)) return contradiction(`expected counts from 0, got ${bad} bad of ${n}`)
  const observed = { observed: `${whole(bad)} of ${whole(n)}`, value: bad, samples: n, interval: null }
  if (bad > 0)
    return {
      ...observed,
      status: 'FAIL',
      needed: 0,
      reason: `${rule.what}: ${whole(bad)} of ${whole(n)} observed`,
    }
  // Even a floor of 0 must not let an empty observation pass.
  const floor = Math.max(1, rule.floor)
  if (n < floor)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: floor,
      reason: `no violation among ${whole(n)} observed, which is too few: ${whole(floor)} needed`,
    }
  if (unresolved > 0)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: floor,
      reason: `no violation among ${whole(n)} observed, but what became of ${whole(unresolved)} more is not known`,
    }
  return {
    ...observed,
    status: 'PASS',
    needed: 0,
    reason: `no violation among ${whole(n)} observed, ${whole(floor)} needed`,
  }
}

function judgeGini(rule: RuleOf<'gini'>, evidence: Units, seed: number): Judgement {
  const all = Object.values(evidence.units)
  if (all.some(({ quantity, capacity }) => !isAmount(quantity) || !isAmount(capacity)))
    return contradiction('expected quantities and capacities from 0, got others')
  const { names, units } = presentUnits(evidence.units)
  const quantity = units.reduce((sum, unit) => sum + unit.quantity, 0)
  const floor = rule.perUnit * units.length
  if (units.length < 2 || quantity <= 0) {
    const few = nothing(Math.max(floor, 2 * rule.perUnit))
    return {
      ...few,
      reason: `${units.length} units got ${whole(quantity)} in all, so there is nothing to compare`,
    }
  }
  const { gini: value, fair, bounds } = fairnessOf(units, seed)
  const { lower, upper } = bounds
  const judged = {
    observed:
      `Gini ${decimal(value)} over ${whole(units.length)} units ` +
      `(a fair draw would show ${decimal(fair.mean)}, at most ${decimal(fair.high)})`,
    value: exact(value),
    samples: quantity,
    interval: [exact(lower), exact(upper)] as [number, number],
  }
  if (quantity < floor)
    return {
      ...judged,
      status: 'UNDECIDED',
      needed: floor,
      reason: `${decimal(quantity / units.length)} per unit, which is too few: ${rule.perUnit} needed for chance to be small beside the limit`,
    }
  const status: Status = lower > rule.under ? 'FAIL' : upper < rule.under ? 'PASS' : 'UNDECIDED'
  const distance = Math.abs(value - rule.under)
  const width = value < rule.under ? upper - value : value - lower
  // Chance falls with the square root of the number of items.
  const needed =
    distance > 0 ? Math.min(mostSamples, Math.ceil(quantity * (width / distance) ** 2)) : mostSamples
  if (status === 'PASS')
    return { ...judged, status, needed: 0, reason: `at most ${decimal(upper)}, allowed ${rule.under}` }
  if (status === 'FAIL')
    return {
      ...judged,
      status,
      needed: 0,
      reason: `at least ${decimal(lower)}, allowed ${rule.under}; ${extremes(names, units)}`,
    }
  return {
    ...judged,
    status,
    needed,
    reason: `between ${decimal(lower)} and ${decimal(upper)}, allowed ${rule.under}: ${moreSamples(needed)}`,
  }
}

/** Who got the most and the least, against what capacity would give. */
function extremes(names: string[], units: { quantity: number; capacity: number }[]): string {
  const quantity = units.reduce((sum, unit) => sum + unit.quantity, 0)
  const capacity = units.reduce((sum, unit) => sum + unit.capacity, 0)
  const due = units
    .map((unit, index) => ({
      name: names[index] ?? '',
      share: unit.quantity / ((quantity * unit.capacity) / capacity),
    }))
    .sort((a, b) => b.share - a.share)
  const say = (unit: { name: string; share: number } | undefined): string =>
    unit === undefined ? '' : `${unit.name} got ${percentage(unit.share)} of its share`
  return `${say(due[0])}, ${say(due.at(-1))}`
}

function judgeRecovery(rule: RuleOf<'recovery'>, evidence: EventTime): Judgement {
  const all = waits(evidence)
  if (all.some((wait) => !isAmount(wait.from) || !isAmount(waitedMs(wait))))
    return contradiction('expected an end at or after its begin, got an earlier one')
  const judged = all.map((wait) => judgeWait(rule, waitedMs(wait) / 1000, wait.at !== null))
  const order: Status[] = ['FAIL', 'UNDECIDED', 'PASS']
  return judged.sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status))[0] ?? nothing(1)
}

function judgeWait(rule: RuleOf<'recovery'>, seconds: number, seen: boolean): Judgement {
  const limit = `allowed ${decimal(rule.withinSeconds)} s`
  const judged = { value: exact(seconds), samples: 1, needed: 0 }
  if (seen) {
    const observed = `back after ${decimal(seconds)} s`
    const status: Status = seconds <= rule.withinSeconds ? 'PASS' : 'FAIL'
    return {
      ...judged,
      status,
      observed,
      interval: [exact(seconds), exact(seconds)],
      reason: `${observed}, ${limit}`,
    }
  }
  const observed = `not back within the ${decimal(seconds)} s watched`
  const watched = seconds >= rule.withinSeconds
  return {
    ...judged,
    status: watched ? 'FAIL' : 'UNDECIDED',
    observed,
    // It is seen from below only: it took longer than it was watched.
    interval: null,
    needed: watched ? 0 : 1,
    reason: watched ? `${observed}, ${limit}` : `${observed}, which is too short: ${limit}`,
  }
}
