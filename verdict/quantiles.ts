// A rule on how much slower something got: the same percentile of two histograms, each with its own bounds.
import betaQuantile from '@stdlib/stats-base-dists-beta-quantile'
import { confidence } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Histogram, HistogramPair } from './evidence.ts'
import { contradiction, isAmount, moreSamples, nothing, takenAsIndependent } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { histogramQuantile, mostSamples } from './statistics.ts'
import type { Bounds } from './statistics.ts'
import type { Status } from './verdict.ts'
import { decimal, exact, whole } from './wording.ts'

type Buckets = Omit<Histogram, 'type'>
type Sides = Pick<HistogramPair, 'now' | 'before'>
type Slower = Extract<Rule, { judge: 'slower' }>

/** Each bound of a ratio uses one bound of either side, which share its risk (Bonferroni). */
const sideRisk = (1 - confidence) / 2

/** A bucket's ends, and how many values lie in and below it. */
interface Step {
  from: number
  to: number
  upTo: number
}

/** The buckets that hold something, from the lowest on. Values of zero and below are taken as zero. */
function stepsOf({ growth, buckets }: Buckets): Step[] {
  let upTo = 0
  return Object.entries(buckets)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ bucket: name === 'zero' ? -Infinity : Number(name), count }))
    .sort((a, b) => a.bucket - b.bucket)
    .map(({ bucket, count }) => {
      upTo += count
      return { from: growth ** (bucket - 1), to: growth ** bucket, upTo }
    })
}

/**
 * The bounds of the value under which a share `p` (0 to 1) of all values lie, in their unit, from `scale` times as many
 * values as were recorded. Either holds with half the risk of other bounds. They are order statistics: the lower is the
 * lower end of the last bucket before which, surely, not more than that share lies; the upper is the upper end of the
 * first bucket up to which surely at least that share does. 0 and Infinity where there are too few values to tell.
 */
export function quantileBounds(histogram: Buckets, p: number, scale = 1): Bounds {
  const steps = stepsOf(histogram)
  const n = scale * (steps.at(-1)?.upTo ?? 0)
  const surelyAtLeast = (count: number): boolean =>
    count > 0 && p <= (count >= n ? sideRisk ** (1 / n) : betaQuantile(sideRisk, count, n - count + 1))
  const surelyAtMost = (count: number): boolean =>
    count < n && p >= betaQuantile(1 - sideRisk, count + 1, n - count)
  // Both only ever change once on the way up.
  const above = firstOf(steps, (_, index) => !surelyAtMost(scale * (steps[index - 1]?.upTo ?? 0)))
  const enough = firstOf(steps, ({ upTo }) => surelyAtLeast(scale * upTo))
  return { lower: steps[above - 1]?.from ?? 0, upper: steps[enough]?.to ?? Infinity }
}

/** The index of the first step of which something holds that holds for all steps after it; their number if for none. */
function firstOf(steps: readonly Step[], holds: (step: Step, index: number) => boolean): number {
  let [from, to] = [0, steps.length]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    if (holds(steps[middle]!, middle)) to = middle
    else from = middle + 1
  }
  return from
}

/** The bounds of the ratio of the two sides' quantiles; Infinity where nothing bounds it from above. */
export function slowerBounds({ now, before }: Sides, p: number, scale = 1): Bounds {
  const [one, other] = [quantileBounds(now, p, scale), quantileBounds(before, p, scale)]
  return {
    // An unbounded quantile before leaves the ratio without a lower bound.
    lower: other.upper > 0 ? one.lower / other.upper : 0,
    upper: other.lower > 0 ? one.upper / other.lower : Infinity,
  }
}

type Decided = Exclude<Status, 'INVALID'>
const statusOf = ({ lower, upper }: Bounds, most: number): Decided =>
  upper <= most ? 'PASS' : lower > most ? 'FAIL' : 'UNDECIDED'

const countOf = ({ buckets }: Buckets): number =>
  Object.values(buckets).reduce((sum, count) => sum + count, 0)

/** No run brings so many samples; beyond it the search for more is given up. */
const mostForShapes = 1e9

/** Samples of both sides together that would decide if their shapes stayed as they are. */
function samplesToCompare(sides: Sides, { p, most }: Slower): number {
  const n = countOf(sides.now) + countOf(sides.before)
  const decides = (scale: number): boolean =>
    statusOf(slowerBounds(sides, p / 100, scale), most) !== 'UNDECIDED'
  // Where even this many do not decide, the width of a bucket is what stands in the way.
  let [least, enough] = [1, 2]
  while (!decides(enough)) {
    if (enough * n > mostForShapes) return mostSamples
    ;[least, enough] = [enough, enough * 2]
  }
  while (enough / least > 1.01) {
    const middle = Math.sqrt(least * enough)
    if (decides(middle)) enough = middle
    else least = middle
  }
  return Math.ceil(enough * n)
}

/** What is wrong with the histograms, if anything is. */
function malformed({ now, before }: Sides): string | null {
  if (!(now.growth > 1) || now.growth !== before.growth)
    return `expected two histograms of the same growth over 1, got ${now.growth} and ${before.growth}`
  const all = [now, before].flatMap(({ buckets }) => Object.entries(buckets))
  const wrong = all.find(
    ([bucket, count]) => !isAmount(count) || !(bucket === 'zero' || Number.isInteger(Number(bucket))),
  )
  return wrong === undefined
    ? null
    : `expected whole buckets with counts from 0, got ${wrong[1]} in ${wrong[0]}`
}

export function judgeSlower(rule: Slower, found: HistogramPair): Judgement {
  const wrong = malformed(found)
  if (wrong !== null) return contradiction(wrong)
  const { now, before } = found
  const [n, other] = [countOf(now), countOf(before)]
  if (n === 0 || other === 0)
    return nothing(1, `nothing was observed ${n === 0 ? 'now' : 'before'} to compare`)
  const p = rule.p / 100
  const [current, earlier] = [quantileOf(now, p), quantileOf(before, p)]
  const judged = {
    observed:
      `P${decimal(rule.p)} ${decimal(current)} ms against ${decimal(earlier)} ms ` +
      `(${whole(n)} and ${whole(other)} samples)`,
    samples: n + other,
  }
  const allowed = `at most ${decimal(rule.most)} times allowed`
  if (earlier === 0)
    return {
      ...judged,
      status: 'UNDECIDED',
      value: null,
      needed: mostSamples,
      interval: null,
      reason: `what took no time before cannot be compared with; ${allowed}`,
    }
  const bounds = slowerBounds(found, p)
  const status = statusOf(bounds, rule.most)
  const needed = status === 'UNDECIDED' ? samplesToCompare(found, rule) : 0
  const { lower, upper } = bounds
  return {
    ...judged,
    status,
    observed: `${decimal(current / earlier)} times: ${judged.observed}`,
    value: exact(current / earlier),
    needed,
    interval: upper < Infinity ? [exact(lower), exact(upper)] : null,
    reason:
      {
        PASS: `at most ${decimal(upper)} times, ${allowed}`,
        FAIL: `at least ${decimal(lower)} times, ${allowed}`,
        UNDECIDED: `${spanOf(bounds)}, ${allowed}: ${moreSamples(needed)}`,
      }[status] + takenAsIndependent,
  }
}

const quantileOf = (histogram: Buckets, p: number): number =>
  histogramQuantile({ type: 'histogram', ...histogram }, p) ?? 0

const spanOf = ({ lower, upper }: Bounds): string =>
  upper < Infinity
    ? `between ${decimal(lower)} and ${decimal(upper)} times`
    : `at least ${decimal(lower)} times, and not bounded from above`
