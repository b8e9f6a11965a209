// A fairness rule judged: the Gini coefficient of quantity per capacity, against what chance alone would show.
import type { Rule } from './criterion.ts'
import type { Units } from './evidence.ts'
import { fairnessOf, presentUnits } from './fairness.ts'
import { contradiction, isAmount, moreSamples, nothing } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { mostSamples } from './statistics.ts'
import type { Status } from './verdict.ts'
import { decimal, exact, percentage, whole } from './wording.ts'

/** `seed` makes the draws behind the bounds repeatable. */
export function judgeGini(rule: Extract<Rule, { judge: 'gini' }>, evidence: Units, seed: number): Judgement {
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
