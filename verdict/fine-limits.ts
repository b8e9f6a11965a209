// Limits so fine that the generator's own lag matters: which these are, and when a generator is too coarse for one.
import { lagLimitMs } from './criterion.ts'
import type { Criterion, Rule } from './criterion.ts'
import type { Counts, Evidence, GeneratorEvidence } from './evidence.ts'
import { designEffect, shareBounds } from './statistics.ts'
import { decimal, percentage, whole } from './wording.ts'

/** What is measured is longer by the lag. So many times the lag fits into a limit, at the same percentile. */
const lagsInLimit = 5

type FineRule = Extract<Rule, { judge: 'share' }> & { overMs: number; percentile: number }

/**
 * What took so many ms longer than a limit was over it, but for the few times in which the generator lagged by as much, which are
 * counted. Of limits under 25 ms, which most generators are too coarse for, it is counted how often that was.
 */
export const farMs = 5

/** The lag in ms that a limit allows. */
const allowedMs = (limitMs: number): number => limitMs / lagsInLimit

/** Whether a rule is a percentile whose limit allows less lag than every run does. */
const isFine = (rule: Rule): rule is FineRule =>
  rule.judge === 'share' &&
  rule.overMs !== undefined &&
  rule.percentile !== undefined &&
  allowedMs(rule.overMs) < lagLimitMs

/** Whether what is far over a rule's limit is counted, too. */
export const countsFar = (rule: Rule): rule is FineRule => isFine(rule) && rule.overMs < lagLimitMs

const farMark = '#far'
/** The key under which it is counted, of the key of the rule. */
export const farKey = (key: string): string => key + farMark

const fineRules = (criteria: Readonly<Record<string, Criterion>>): FineRule[] =>
  Object.values(criteria).flatMap(({ rules }) => rules.filter(isFine))

/** The lags in ms that the fine limits among these allow: each once, the least first. */
export function fineLags(criteria: Readonly<Record<string, Criterion>>): number[] {
  const rules = fineRules(criteria)
  const far = rules.some(countsFar) ? [farMs] : []
  return [...new Set([...rules.map(({ overMs }) => allowedMs(overMs)), ...far])].sort((a, b) => a - b)
}

/** A fine limit, held against the generator's lag. */
export interface FineLimit {
  limit_ms: number
  percentile: number
  /** Probes of the lag, how many of them were over a fifth of the limit, and whether these are too many. */
  probes: number
  late: number
  too_fine: boolean
}

/** Null for a rule that is no fine limit, and where the lag was not held against it. */
function held(rule: Rule, lag: GeneratorEvidence['lag']): FineLimit | null {
  const late = isFine(rule) ? lag.fine?.[allowedMs(rule.overMs)] : undefined
  if (!isFine(rule) || late === undefined || lag.n === 0) return null
  const { overMs, percentile } = rule
  const mayBeLate = (lag.n * (100 - percentile)) / 100
  return { limit_ms: overMs, percentile, probes: lag.n, late, too_fine: !(late <= mayBeLate) }
}

/** All fine limits of a run by limit and percentile, each once; empty where there are none. */
export function fineLimits(
  claimed: Readonly<Record<string, Criterion>>,
  lag: GeneratorEvidence['lag'],
): FineLimit[] {
  const found = new Map<string, FineLimit>()
  for (const rule of fineRules(claimed)) {
    const limit = held(rule, lag)
    if (limit !== null) found.set(`${limit.limit_ms} ${limit.percentile}`, limit)
  }
  return [...found.values()].sort((a, b) => a.limit_ms - b.limit_ms || a.percentile - b.percentile)
}

/** Of each rule whose limit is too fine for a generator of such a lag: why nothing can be said of it. */
export const tooFine = (
  claimed: Readonly<Record<string, Criterion>>,
  lag: GeneratorEvidence['lag'],
): Map<Rule, string> =>
  new Map(
    fineRules(claimed).flatMap((rule): [Rule, string][] => {
      const why = whyTooFine(rule, lag)
      return why === null ? [] : [[rule, why]]
    }),
  )

function whyTooFine(rule: Rule, lag: GeneratorEvidence['lag']): string | null {
  const limit = held(rule, lag)
  if (limit === null || !limit.too_fine) return null
  const { limit_ms: overMs, percentile, probes, late } = limit
  return (
    `the limit of ${decimal(overMs)} ms is too fine for this generator: its own lag was over ${decimal(allowedMs(overMs))} ms, a fifth of ` +
    `it, in ${percentage(late / probes)} of ${whole(probes)} probes, where P${percentile} allows ${percentage((100 - percentile) / 100)}`
  )
}

/**
 * Why a limit is broken though it is too fine for the generator: so many were far over it that no lag accounts for them. Null where
 * that is not shown.
 */
export function brokenByFar(
  rule: Rule,
  found: Evidence | undefined,
  lag: GeneratorEvidence['lag'],
): string | null {
  const late = lag.fine?.[farMs]
  if (!countsFar(rule) || found?.type !== 'counts' || found.far === undefined || late === undefined)
    return null
  if (found.n === 0 || lag.n === 0) return null
  const [far, lagged] = [farShare(found).lower, shareBounds(late, lag.n).upper]
  if (!(far - lagged > rule.limit)) return null
  const { overMs, limit } = rule
  return (
    `at least ${percentage(far)} took ${decimal(overMs + farMs)} ms or longer, ${decimal(farMs)} ms more than the limit, and the generator lagged by as much ` +
    `in at most ${percentage(lagged)}: more than the ${percentage(limit)} that are allowed`
  )
}

/** Bounds of the share that was far over the limit; those come in runs as all that were over it do. */
function farShare({ n, far = 0, blocks }: Counts): { lower: number } {
  const effect = blocks === undefined ? 1 : designEffect(blocks)
  return shareBounds(far / effect, n / effect)
}
