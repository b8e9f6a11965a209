// Judges a mean by its bounds, from values that may come in runs.
import { confidence } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Moments } from './evidence.ts'
import { contradiction, isAmount, moreSamples, nothing } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { stallSeconds, studentQuantile } from './statistics.ts'
import type { Status } from './verdict.ts'
import { decimal, exact, whole } from './wording.ts'

/** Fewer stretches of time say too little about how much their means differ. */
const leastStretches = 5
const nanToZero = (value: number): number => (Number.isFinite(value) ? value : 0)

/** Values and their sums in stretches of time so long that what happens in one hardly reaches into the next but one. */
function stretchesOf({ seconds }: Moments): [n: number, sum: number][] {
  const stretches = new Map<number, [number, number]>()
  for (const [second, [n, sum]] of Object.entries(seconds)) {
    const at = Math.floor(Number(second) / stallSeconds)
    const known = stretches.get(at) ?? [0, 0]
    stretches.set(at, [known[0] + n, known[1] + sum])
  }
  return [...stretches.entries()].sort(([a], [b]) => a - b).map(([, stretch]) => stretch)
}

/**
 * The standard error of the mean as a ratio over stretches, each of which counts as one observation. What neighbouring
 * ones have in common is added with half the weight (Newey and West), and never taken off.
 */
function standardError(stretches: [n: number, sum: number][], n: number, mean: number): number {
  const residuals = stretches.map(([count, sum]) => sum - count * mean)
  const own = residuals.reduce((total, residual) => total + residual ** 2, 0)
  const shared = residuals
    .slice(1)
    .reduce((total, residual, index) => total + residual * residuals[index]!, 0)
  const few = stretches.length / (stretches.length - 1)
  return Math.sqrt(nanToZero(few * (own + Math.max(0, shared)))) / n
}

export function judgeMean(rule: Extract<Rule, { judge: 'mean' }>, evidence: Moments): Judgement {
  const { n, sum } = evidence
  if (!isAmount(n) || !isAmount(sum))
    return contradiction(`expected values from 0, got ${n} with the sum ${sum}`)
  if (n === 0) return nothing(rule.floor)
  const mean = sum / n
  const stretches = stretchesOf(evidence)
  const observed = {
    observed: `mean ${decimal(mean)} ms of ${whole(n)}`,
    value: exact(mean),
    samples: n,
  }
  if (n < rule.floor || stretches.length < leastStretches)
    return {
      ...observed,
      status: 'UNDECIDED',
      needed: Math.max(n + 1, rule.floor),
      interval: null,
      reason: `${whole(n)} values in ${stretches.length} stretches of ${stallSeconds} s are too few: at least ${whole(rule.floor)} in ${leastStretches} needed`,
    }
  const margin = studentQuantile(1 - confidence, stretches.length - 1) * standardError(stretches, n, mean)
  const [lower, upper] = [Math.max(0, mean - margin), mean + margin]
  const status: Status = lower >= rule.under ? 'FAIL' : upper < rule.under ? 'PASS' : 'UNDECIDED'
  // The margin shrinks with the square root of the samples.
  const needed =
    status === 'UNDECIDED' ? Math.ceil(n * (margin / Math.max(1e-9, Math.abs(mean - rule.under))) ** 2) : 0
  const bound = {
    PASS: `at most ${decimal(upper)} ms, allowed ${rule.under} ms`,
    FAIL: `at least ${decimal(lower)} ms, allowed ${rule.under} ms`,
    UNDECIDED: `between ${decimal(lower)} and ${decimal(upper)} ms, allowed ${rule.under} ms: ${moreSamples(needed)}`,
  }[status]
  return { ...observed, status, needed, interval: [exact(lower), exact(upper)], reason: bound }
}
