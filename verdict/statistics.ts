// The statistics behind a verdict: exact bounds of a share, the design effect of correlated observations, the samples
// that would decide, and quantiles of a logarithmic histogram. Pure functions of counts.
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile'
import { confidence, samplesWithoutBad } from './criterion.ts'
import type { Histogram } from './evidence.ts'

/** A run that would need more samples than this is never going to decide. */
export const mostSamples = 1e12
/** Relative error that sums of fractions may have. */
const roundingError = 1e-9
/** Observations this many seconds apart or less may belong to one stall. */
export const stallSeconds = 5

/** Of several that are judged together, what each may risk so that a false FAIL of any of them is as rare as of one. */
export const riskOfEach = (tests: number): number => (1 - confidence) / tests

export interface Bounds {
  lower: number
  upper: number
}

function quantile(probability: number, alpha: number, beta: number): number {
  const value = betaQuantile(probability, alpha, beta)
  if (Number.isFinite(value)) return value
  throw new Error(
    `no quantile of the beta distribution: expected a probability and two positive shapes, got ${probability}, ${alpha}, ${beta}; the counts behind it are malformed`,
  )
}

/**
 * The one-sided bounds (Clopper and Pearson) of the share of bad observations. Counts need not be whole: a design
 * effect divides both. `lower` is 0 without a bad one, `upper` is 1 when all are bad or nothing was observed.
 * @param sure of each bound
 */
export function shareBounds(bad: number, n: number, sure = confidence): Bounds {
  if (!(n >= 0 && bad >= 0 && bad <= n) || n === Infinity)
    throw new Error(`bounds of a share: expected 0 <= bad <= n, got ${bad} of ${n}; the counts are malformed`)
  return {
    lower: bad === 0 ? 0 : quantile(1 - sure, bad, n - bad + 1),
    upper: bad === n ? 1 : quantile(sure, bad + 1, n - bad),
  }
}

/**
 * The quantile of Student's distribution that is exceeded with probability `chance`, under a half; by its identity with
 * the beta distribution.
 */
export function studentQuantile(chance: number, freedom: number): number {
  const x = quantile(2 * chance, freedom / 2, 0.5)
  return Math.sqrt((freedom * (1 - x)) / x)
}
const normalQuantile = 1.6448536269514722

type Blocks = Record<string, [n: number, bad: number]>

/**
 * By what factor observations that come in runs carry less than independent ones: the variance of the share as a ratio
 * over one-second blocks, against the binomial one. Neighbouring seconds count too, with weights that fall with their
 * distance (Newey and West), so that a stall of a few seconds is seen whole; the larger of the two estimates holds.
 * As few blocks estimate a variance badly, the factor grows by the square of Student's quantile over the normal one
 * (Korn and Graubard). Never below 1; 1 as well when no observation is bad, or all are, since such data say nothing.
 */
export function designEffect(blocks: Blocks): number {
  const ordered = Object.entries(blocks)
    .map(([second, [n, bad]]) => ({ second: Number(second), n, bad }))
    .sort((a, b) => a.second - b.second)
  let [n, bad] = [0, 0]
  for (const block of ordered) {
    n += block.n
    bad += block.bad
  }
  // Amounts per block may be fractions whose sum is off by a rounding error.
  if (ordered.length < 2 || bad <= 0 || bad >= n * (1 - roundingError)) return 1
  const share = bad / n
  const residuals = ordered.map((block) => block.bad - share * block.n)
  let [alone, together] = [0, 0]
  for (const [index, { second }] of ordered.entries()) {
    const residual = residuals[index]!
    alone += residual * residual
    for (let before = index - 1; before >= 0; before--) {
      const apart = second - ordered[before]!.second
      if (apart > stallSeconds) break
      together += 2 * (1 - apart / (stallSeconds + 1)) * residual * residuals[before]!
    }
  }
  const freedom = ordered.length - 1
  const sumOfSquares = alone + Math.max(0, together)
  const effect = (sumOfSquares * ordered.length) / freedom / (n * share * (1 - share))
  return effect <= 1 ? 1 : effect * (studentQuantile(1 - confidence, freedom) / normalQuantile) ** 2
}

/**
 * Samples in all that would decide at the observed share, with the same design effect; `mostSamples` when the observed
 * share is the limit itself, or so near that nothing in reach decides.
 */
export function samplesToDecide(bad: number, n: number, limit: number, effect = 1): number {
  if (n <= 0 || bad === 0) return Math.min(mostSamples, Math.ceil(samplesWithoutBad(limit) * effect))
  const share = bad / n
  const decides = (samples: number): boolean => {
    const { lower, upper } = shareBounds((samples * share) / effect, samples / effect)
    return share < limit ? upper <= limit : lower > limit
  }
  if (share === limit) return mostSamples
  let most = Math.max(1, n)
  while (!decides(most)) {
    most *= 2
    if (most > mostSamples) return mostSamples
  }
  let least = most / 2
  while (most - least > Math.max(0.5, most * 1e-6)) {
    const middle = (least + most) / 2
    if (decides(middle)) most = middle
    else least = middle
  }
  return Math.ceil(most)
}

/**
 * The value under which a share `p` (0 to 1) of the histogram's values lie, as the geometric middle of its bucket, so at
 * most the square root of the growth off; null when it is empty. In the unit of the values.
 */
export function histogramQuantile(histogram: Histogram, p: number): number | null {
  if (!(histogram.growth > 1))
    throw new Error(`histogram: expected a growth over 1, got ${histogram.growth}; its recorder is malformed`)
  const zero = histogram.buckets['zero'] ?? 0
  const buckets = Object.entries(histogram.buckets)
    .filter(([bucket]) => bucket !== 'zero')
    .map(([bucket, count]) => [Number(bucket), count] as const)
    .sort(([a], [b]) => a - b)
  const n = buckets.reduce((sum, [, count]) => sum + count, zero)
  if (n <= 0) return null
  const rank = Math.max(1, Math.ceil(p * n - 1e-9))
  let below = zero
  if (rank <= below) return 0
  for (const [bucket, count] of buckets) {
    below += count
    if (rank <= below) return histogram.growth ** (bucket - 0.5)
  }
  return null
}
