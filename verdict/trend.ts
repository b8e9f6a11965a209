// Does a series grow without end? Its slope with bounds that heed autocorrelation, its noise, and its rising floor.
import { confidence } from './criterion.ts'
import { riskOfEach, studentQuantile } from './statistics.ts'

/** One value per block of time, in time order. */
export interface Points {
  hours: number[]
  values: number[]
}

/** What a series does over its time. Rates are per hour, in the unit of the values. */
export interface Trend {
  slope: number
  /** From the first block to the last. */
  hours: number
  /** One-sided each: `lower` holds for all the series that are tested together, `upper` for this one. */
  lower: number
  upper: number
  /** What the slope adds over the whole time. */
  growth: number
  /** Robust standard deviation of the blocks about the trend. */
  noise: number
  /** The least value of each epoch. */
  floors: number[]
  /** How much the floor rises in the median epoch: a step or two do not move it. */
  floorRate: number
  /** The floors rise in the order of time, more than chance would do. */
  rising: boolean
  /** The least rate that a series as noisy as this one would nearly always show. */
  visible: number
}

/** How many times the noise a growth must be. */
export const timesNoise = 3
/** The time is cut in so many equal epochs for the floors. */
const epochCount = 8
/** Of the 28 pairs of epochs, later ones higher must outnumber the others by this; chance does it one time in 32. */
const leastRisingPairs = 16
/** Blocks are averaged to at most so many stretches before their autocorrelation is estimated. */
export const mostStretches = 48
/** Stretches nearer to each other than this share of all are taken as dependent. */
const dependentShare = 1 / 8
/** A median absolute deviation times this is the standard deviation of normal noise. */
const normalDeviation = 1.4826

/** NaN of no values. Sorting numbers as such, not by a comparison, is what makes long series quick. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The bounds of `count` equal parts of a list, as [from, to) indices; fewer parts when there is less to share out. */
export function partsOf(length: number, count: number): [from: number, to: number][] {
  const parts = Math.min(length, count)
  return Array.from({ length: parts }, (_, index) => [
    Math.floor((index * length) / parts),
    Math.floor(((index + 1) * length) / parts),
  ])
}

const meanOf = (values: readonly number[], from = 0, to = values.length): number => {
  let sum = 0
  for (let index = from; index < to; index++) sum += values[index]!
  return sum / (to - from)
}

/**
 * The variance of a sum of dependent terms of mean 0 (Newey and West), never below that of independent ones, and the
 * freedom with which so many terms tell it.
 */
export function varianceOfSum(terms: readonly number[]): { variance: number; freedom: number } {
  const lags = Math.floor(terms.length * dependentShare)
  let [alone, together] = [0, 0]
  for (const [index, term] of terms.entries()) {
    alone += term * term
    for (let lag = 1; lag <= Math.min(lags, index); lag++)
      together += 2 * (1 - lag / (lags + 1)) * term * terms[index - lag]!
  }
  const freedom = Math.min(terms.length - 2, (1.5 * terms.length) / (lags + 1))
  return { variance: ((alone + Math.max(0, together)) * terms.length) / (terms.length - 2), freedom }
}

interface Line {
  slope: number
  at: (hour: number) => number
  error: number
  freedom: number
}

/** The line of least squares through stretches of blocks, and the standard error of its slope. */
function lineThrough({ hours, values }: Points): Line {
  const parts = partsOf(values.length, mostStretches)
  const x = parts.map(([from, to]) => meanOf(hours, from, to))
  const y = parts.map(([from, to]) => meanOf(values, from, to))
  const [middle, level] = [meanOf(x), meanOf(y)]
  let [squares, products] = [0, 0]
  for (const [index, hour] of x.entries()) {
    squares += (hour - middle) ** 2
    products += (hour - middle) * (y[index]! - level)
  }
  const slope = products / squares
  const at = (hour: number): number => level + slope * (hour - middle)
  const { variance, freedom } = varianceOfSum(
    x.map((hour, index) => (hour - middle) * (y[index]! - at(hour))),
  )
  return { slope, at, error: Math.sqrt(variance) / squares, freedom }
}

function floorsOf({ hours, values }: Points): Pick<Trend, 'floors' | 'floorRate' | 'rising'> {
  const parts = partsOf(values.length, epochCount)
  const floors = parts.map(([from, to]) => Math.min(...values.slice(from, to)))
  const middles = parts.map(([from, to]) => meanOf(hours, from, to))
  const rates = floors.slice(1).map((floor, index) => {
    return (floor - floors[index]!) / (middles[index + 1]! - middles[index]!)
  })
  let pairs = 0
  for (const [index, floor] of floors.entries())
    for (const earlier of floors.slice(0, index)) pairs += Math.sign(floor - earlier)
  return { floors, floorRate: median(rates), rising: pairs >= leastRisingPairs }
}

/**
 * @param limit the rate per hour that is allowed
 * @param tests how many series are judged together; a false alarm in any of them is as rare as in one
 * @throws when there are fewer than three blocks
 */
export function trendOf(points: Points, limit: number, tests: number): Trend {
  const { hours, values } = points
  const { slope, at, error, freedom } = lineThrough(points)
  const below = studentQuantile(riskOfEach(tests), freedom) * error
  const above = studentQuantile(1 - confidence, freedom) * error
  const residuals = values.map((value, index) => value - at(hours[index]!))
  const centre = median(residuals)
  const noise = normalDeviation * median(residuals.map((residual) => Math.abs(residual - centre)))
  const span = hours.at(-1)! - hours[0]!
  return {
    slope,
    hours: span,
    lower: slope - below,
    upper: slope + above,
    growth: slope * span,
    noise,
    ...floorsOf(points),
    visible: Math.max(limit + below, (timesNoise * noise) / span) + above,
  }
}
