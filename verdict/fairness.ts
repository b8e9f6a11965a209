// Fairness: the Gini coefficient of a quantity per unit of capacity, what a fair lottery would show, and its bounds.
import { confidence } from './criterion.ts'
import { seeded, type Random } from './random.ts'
import type { Bounds } from './statistics.ts'

export interface Unit {
  /** What it got, such as tasks. */
  quantity: number
  /** What it had to offer, such as hours of presence. Positive. */
  capacity: number
}
export interface Fairness {
  gini: number
  /** What a lottery that is fair by capacity would show: on average, and in nineteen draws of twenty at most. */
  fair: { mean: number; high: number }
  /** One-sided bounds of the allocator's own inequality. */
  bounds: Bounds
}

/** Repetitions of a simulation: many for few units; with many units one draw hardly differs from the next. */
const repetitionsOf = (units: number): number => Math.min(400, Math.max(100, Math.round(40_000 / units)))
/** From this expectation on, a count is drawn from the normal curve. */
const manyExpected = 30

/**
 * The Gini coefficient of quantity per capacity, every unit weighing as much as its capacity: 0 when all got their
 * share, towards 1 when one got all. 0 as well when nobody got anything.
 */
export function gini(units: readonly Unit[]): number {
  const rates = Float64Array.from(units, ({ quantity, capacity }) => quantity / capacity)
  const order = Array.from(units.keys()).sort((a, b) => rates[a]! - rates[b]!)
  let [capacity, quantity, area] = [0, 0, 0]
  for (const index of order) {
    const unit = units[index]!
    area += unit.capacity * (2 * quantity + unit.quantity)
    capacity += unit.capacity
    quantity += unit.quantity
  }
  return quantity <= 0 || capacity <= 0 ? 0 : Math.max(0, 1 - area / (capacity * quantity))
}

/** Units that were there for at least half as long as the longest, in the order of their names. */
export function presentUnits(units: Record<string, Unit>): { names: string[]; units: Unit[] } {
  const longest = Object.values(units).reduce((most, { capacity }) => Math.max(most, capacity), 0)
  const names = Object.keys(units)
    .filter((name) => longest > 0 && units[name]!.capacity >= longest / 2)
    .sort()
  return { names, units: names.map((name) => units[name]!) }
}

/** A Poisson count: by multiplying uniforms when few are expected, by the normal curve when many are. */
function count(expected: number, random: Random): number {
  if (expected >= manyExpected) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal))
  }
  const floor = Math.exp(-expected)
  let drawn = -1
  for (let product = 1; product > floor || drawn < 0; drawn++) product *= 1 - random()
  return drawn
}

/**
 * Gini coefficients, sorted, of random allocations in which unit i expects `expected[i]`. The counts are drawn each by
 * itself: given their sum they are the multinomial counts of a lottery, and the coefficient does not depend on the sum.
 */
function drawnGinis(units: readonly Unit[], expected: readonly number[], seed: number): Float64Array {
  const random = seeded(seed)
  return Float64Array.from({ length: repetitionsOf(units.length) }, () =>
    gini(units.map(({ capacity }, index) => ({ capacity, quantity: count(expected[index]!, random) }))),
  ).sort()
}

const at = (sorted: Float64Array, share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** What a lottery that is fair by capacity would show with these units and this many items. */
function fairDraws(units: readonly Unit[], seed: number): Float64Array {
  const quantity = units.reduce((sum, unit) => sum + unit.quantity, 0)
  const capacity = units.reduce((sum, unit) => sum + unit.capacity, 0)
  return drawnGinis(
    units,
    units.map((unit) => (quantity * unit.capacity) / capacity),
    seed,
  )
}

/**
 * The Gini coefficient of these units with one-sided bounds of the allocator's own inequality. Chance makes the observed
 * coefficient larger than the allocator's own. By how much is unknown, but never by more than a fair lottery shows, so
 * the lower bound takes all of that off, and the spread of allocations drawn again from the observed shares. The upper
 * bound takes off only what chance adds to those (the basic bootstrap), and never goes below what was observed.
 * The simulations are seeded, so that the same evidence gives the same verdict.
 */
export function fairnessOf(units: readonly Unit[], seed: number): Fairness {
  const observed = gini(units)
  const fair = fairDraws(units, seed)
  const again = drawnGinis(
    units,
    units.map(({ quantity }) => quantity),
    seed,
  )
  const lower = observed - mean(fair) - (at(again, confidence) - mean(again))
  const upper = 2 * observed - at(again, 1 - confidence)
  return {
    gini: observed,
    fair: { mean: mean(fair), high: at(fair, confidence) },
    bounds: { lower: Math.min(observed, Math.max(0, lower)), upper: Math.min(1, Math.max(observed, upper)) },
  }
}
