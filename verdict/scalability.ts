// The universal scalability law: throughput by level of the load, what contention and coherence cost, and where more
// begin to harm. A fit of counts with its uncertainty; pure functions.
import { seeded } from './random.ts'
import { exact } from './wording.ts'

/** Work completed in some seconds at a level: so many workers, users or nodes at work. */
export interface ThroughputPoint {
  level: number
  seconds: number
  completed: number
}

/** With its 95 % interval, both ends included; `high` is null where nothing bounds it from above. */
export interface Estimate {
  value: number
  low: number
  high: number | null
}

/** X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)), in work per second at level N. */
export interface Scalability {
  /** Work per second at level 1. */
  lambda: Estimate
  /** The share of work that must be done one after the other, 0 to 1. */
  sigma: Estimate
  /** What agreeing costs per pair. */
  kappa: Estimate
  /** The level beyond which throughput falls; null when none is shown within `farthestKnee` times the measured ones. */
  knee: { level: number; low: number; high: number } | null
  /** Work per second at the knee. */
  peakPerSecond: number | null
  /** The share of the spread of the throughputs that the curve explains. */
  r2: number
  /** How much more the points scatter around the curve than counts do by chance, as a ratio of variances; 1 or more. */
  dispersion: number
  /** The fitted curve and the 95 % band of each of its points; `high` is null where nothing bounds it. */
  curve: { level: number; perSecond: number; low: number; high: number | null }[]
}

/** Three unknowns and one point to contradict them. */
export const fewestPoints = 4
const draws = 500
/** With fewer of the draws giving a curve at all, their spread says nothing. */
const fewestDrawn = 0.9
const seed = 1
/** Ends of a two-sided interval of 95 %. */
const tails = [0.025, 0.975] as const
/** A knee farther away than this many times the measured level is no more than a guess. */
export const farthestKnee = 10
const mostIterations = 50
/** A fit that moves by less than this, as a ratio, has come to rest. */
const settled = 1e-7
const curvePoints = 60

/**
 * The level per unit of throughput is linear in these: (1 - sigma) / lambda, sigma / lambda, kappa / lambda. None of them
 * is negative where sigma is a share.
 */
type Line = [alone: number, contention: number, coherence: number]
const along = ([alone, contention, coherence]: Line, level: number): number =>
  alone + level * (contention + coherence * (level - 1))
const throughput = (line: Line, level: number): number => level / along(line, level)

interface Row {
  level: number
  value: number
  weight: number
}

/** Normal equations of a weighted line, each row ending with its right side; columns are brought to one size. */
function equationsOf(rows: readonly Row[], most: number): number[][] {
  const matrix = [0, 1, 2].map(() => [0, 0, 0, 0])
  for (const { level, value, weight } of rows) {
    const cells = [1, level / most, (level * (level - 1)) / most ** 2, value]
    for (let i = 0; i < 3; i++) for (let j = 0; j < 4; j++) matrix[i]![j]! += weight * cells[i]! * cells[j]!
  }
  return matrix
}

/** Least squares over the chosen columns, the others at zero, by elimination. */
function solved(equations: readonly number[][], columns: readonly number[], most: number): Line {
  const matrix = columns.map((i) => [...columns.map((j) => equations[i]![j]!), equations[i]![3]!])
  const size = columns.length
  for (let pivot = 0; pivot < size; pivot++) {
    for (let i = 0; i < size; i++) {
      if (i === pivot) continue
      const factor = matrix[i]![pivot]! / matrix[pivot]![pivot]!
      for (let j = pivot; j <= size; j++) matrix[i]![j]! -= factor * matrix[pivot]![j]!
    }
  }
  const line: Line = [0, 0, 0]
  for (const [index, column] of columns.entries())
    line[column] = matrix[index]![size]! / matrix[index]![index]! / most ** column
  return line
}

const errorOf = (rows: readonly Row[], line: Line): number =>
  rows.reduce((sum, row) => sum + row.weight * (row.value - along(line, row.level)) ** 2, 0)

/** With three columns every way to hold some at zero can be tried, so the bounded optimum is found exactly. */
const ways = [[0, 1, 2], [0, 1], [0, 2], [1, 2], [0], [1]]

/**
 * The likeliest line for Poisson counts, by reweighted least squares. `free` lets its terms be negative.
 * Null when no line gives a positive throughput at every point.
 */
function likeliest(points: readonly ThroughputPoint[], free: boolean): Line | null {
  const most = Math.max(...points.map((point) => point.level))
  let inverse = points.map((point) => (point.level * point.seconds) / Math.max(point.completed, 0.5))
  let line: Line | null = null
  for (let iteration = 0; iteration < mostIterations; iteration++) {
    const rows = points.map((point, index) => {
      const now = inverse[index]!
      const observed = point.completed / point.seconds
      return {
        level: point.level,
        value: now * (2 - (observed * now) / point.level),
        weight: (point.seconds * point.level) / now ** 3,
      }
    })
    const equations = equationsOf(rows, most)
    const next = (free ? ways.slice(0, 1) : ways)
      .map((columns) => solved(equations, columns, most))
      .filter((one) => free || one.every((term) => term >= 0))
      .sort((a, b) => errorOf(rows, a) - errorOf(rows, b))[0]
    if (next === undefined) return line
    const moved = points.map((point) => along(next, point.level))
    if (moved.some((value) => !(value > 0))) return line
    const step = Math.max(...moved.map((value, index) => Math.abs(value / inverse[index]! - 1)))
    line = next
    inverse = moved
    if (step < settled) break
  }
  return line
}

const squared = (value: number): number => value * value

/** How much more the counts scatter around a line than chance lets them, as a ratio of variances; never under 1. */
function dispersionOf(points: readonly ThroughputPoint[], line: Line): number {
  const misfit = points.reduce((sum, point) => {
    const expected = point.seconds * throughput(line, point.level)
    return sum + squared(point.completed - expected) / expected
  }, 0)
  return Math.max(1, misfit / (points.length - 3))
}

function shareExplained(points: readonly ThroughputPoint[], line: Line): number {
  const rates = points.map((point) => point.completed / point.seconds)
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const total = rates.reduce((sum, rate) => sum + squared(rate - mean), 0)
  const left = points.reduce(
    (sum, point, index) => sum + squared(rates[index]! - throughput(line, point.level)),
    0,
  )
  return total === 0 ? 0 : 1 - left / total
}

/**
 * Lines fitted to counts drawn again from a line. The drawn counts scatter as the measured ones do. The fits are free,
 * so that an interval is not narrowed where the bound of a parameter cuts it off.
 */
function redrawn(points: readonly ThroughputPoint[], line: Line, dispersion: number): Line[] {
  const random = seeded(seed)
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: draws }, () =>
    likeliest(
      points.map((point) => {
        const expected = point.seconds * throughput(line, point.level)
        return { ...point, completed: Math.max(0, expected + Math.sqrt(dispersion * expected) * normal()) }
      }),
      true,
    ),
  ).filter((one) => one !== null)
}

/** The middle 95 % of the values, widened to the estimate itself where that lies outside. */
function estimate(value: number, values: number[]): Estimate {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = tails.map((tail) => sorted[Math.round(tail * (sorted.length - 1))] ?? value)
  return {
    value: exact(value),
    low: exact(Math.max(0, Math.min(value, low!))),
    high: high === Infinity ? null : exact(Math.max(value, high!)),
  }
}

const lambdaOf = ([alone, contention]: Line): number =>
  alone + contention > 0 ? 1 / (alone + contention) : Infinity
const sigmaOf = ([alone, contention]: Line): number =>
  alone > 0 ? Math.max(0, contention / (alone + contention)) : 1
const kappaOf = (line: Line): number => (line[2] > 0 ? line[2] * lambdaOf(line) : 0)

/** Where the curve is flat: Infinity when it rises for ever. */
const kneeOf = ([alone, , coherence]: Line): number =>
  coherence > 0 ? Math.max(1, Math.sqrt(Math.max(0, alone) / coherence)) : Infinity

/** The fitted curve with its band from level 1 on. */
function curveOf(line: Line, lines: readonly Line[], reach: number): Scalability['curve'] {
  return Array.from({ length: curvePoints }, (_, index) => {
    const level = exact(1 + ((reach - 1) * index) / (curvePoints - 1))
    const drawn = lines.map((one) => (along(one, level) > 0 ? throughput(one, level) : Infinity))
    const { value, low, high } = estimate(throughput(line, level), drawn)
    return { level, perSecond: value, low, high }
  })
}

/**
 * Fits the law to at least `fewestPoints` points of different levels. Parameters are the likeliest ones for Poisson
 * counts with sigma from 0 to 1 and kappa not below 0; intervals come from seeded draws, so the same points give the
 * same answer. Null when there are too few points, or nothing was completed at one of them.
 */
export function scalabilityOf(points: readonly ThroughputPoint[]): Scalability | null {
  const sizes = new Set(points.map((point) => point.level))
  const usable = points.every(({ level, seconds, completed }) => level > 0 && seconds > 0 && completed > 0)
  if (sizes.size < fewestPoints || !usable) return null
  const [line, free] = [likeliest(points, false), likeliest(points, true)]
  if (line === null || free === null) return null
  const dispersion = dispersionOf(points, line)
  const lines = redrawn(points, free, dispersion)
  if (lines.length < draws * fewestDrawn) return null
  const most = Math.max(...sizes)
  const { value: level, low, high } = estimate(kneeOf(line), lines.map(kneeOf))
  const knee = high !== null && high <= farthestKnee * most ? { level, low, high } : null
  const reach = Math.min(3 * most, Math.max(1.2 * most, 1.1 * (knee?.high ?? 0)))
  return {
    lambda: estimate(lambdaOf(line), lines.map(lambdaOf)),
    sigma: estimate(sigmaOf(line), lines.map(sigmaOf)),
    kappa: estimate(kappaOf(line), lines.map(kappaOf)),
    knee,
    peakPerSecond: knee === null ? null : exact(throughput(line, knee.level)),
    r2: exact(shareExplained(points, line)),
    dispersion: exact(dispersion),
    curve: curveOf(line, lines, reach),
  }
}
