// What else k6 tells of a run: whether it went to its end, whether thresholds were on, and which of the script's own are crossed.
import { whole as inDigits } from '../../verdict/wording.ts'
import {
  countOf,
  expressionOf,
  isCrossed,
  isJudged,
  thresholdsWereOff,
  valueOf,
} from '../summary/k6-summary.ts'
import type { Summary, Thresholds } from '../summary/k6-summary.ts'
import { leastOf } from './plan.ts'
import type { Scenario } from './plan.ts'
import { aside, asideMs, isOurs, open, thresholdsOn } from './series.ts'
import { dropped } from './thresholds.ts'

/** The options of the run, as k6 has them in the end: null is what nobody set. */
export interface RunOptions {
  scenarios?: Record<string, Scenario> | null
  thresholds?: Thresholds | null
  executionSegment?: string | null
}

export interface Circumstances {
  /** Why nothing can be judged at all. */
  unjudged: string[]
  /** Why what was measured is not all that was asked for. */
  missing: string[]
  /** Thresholds of the script's own that k6 found crossed, or of which nobody can say; and their names for one line. */
  crossed: { name: string; text: string }[]
}

/** Timers and clocks of k6 round to the millisecond. */
const roundingMs = 10

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function unjudged(summary: Summary, { thresholds }: RunOptions): string[] {
  if (isJudged(summary, thresholdsOn)) return []
  return [
    thresholdsOn in (thresholds ?? {})
      ? thresholdsWereOff
      : 'the options held none of the thresholds that criteria() returns; put them into options.thresholds',
  ]
}

/** The script may have set limits of its own on what was open or dropped. */
function missing(summary: Summary, { scenarios, executionSegment }: RunOptions): string[] {
  const { metrics } = summary
  const reasons: string[] = []
  if (isCrossed(metrics[open]))
    reasons.push(
      `${inDigits(countOf(metrics[open]))} measurements began and never ended; give requests a timeout shorter than gracefulStop`,
    )
  if (isCrossed(metrics[dropped]))
    reasons.push(
      `k6 dropped ${inDigits(countOf(metrics[dropped]))} arrivals for want of a free virtual user; raise maxVUs, or the system is too slow`,
    )
  if (countOf(metrics[aside]) > 0)
    reasons.push('setup() or teardown() did not come to its end: it threw, or took longer than its timeout')
  // A part of a test has a part of its virtual users, arrivals and iterations, and its ramps may end earlier.
  const isPart = (executionSegment ?? null) !== null
  const whole = Object.entries(scenarios ?? {}).filter(
    ([, { executor }]) => !isPart || executor.startsWith('constant-'),
  )
  const least = leastOf(Object.fromEntries(whole))
  const lastedMs = summary.state.testRunDurationMs - countOf(metrics[asideMs])
  if (lastedMs < least.ms - roundingMs)
    reasons.push(`the run was ended early: after ${seconds(lastedMs)} of ${seconds(least.ms)}`)
  const made = countOf(metrics['iterations']) + countOf(metrics[dropped])
  if (made < least.iterations)
    reasons.push(
      `the run was ended early: after ${inDigits(made)} of ${inDigits(least.iterations)} planned iterations`,
    )
  return reasons
}

function crossed({ metrics }: Summary): Circumstances['crossed'] {
  return Object.entries(metrics).flatMap(([name, { values, thresholds = {} }]) => {
    if (isOurs(name) || name === dropped) return []
    return Object.entries(thresholds).flatMap(([expression, { ok }]) => {
      if (ok === true) return []
      const value = valueOf(expression, values)
      const was =
        value === undefined ? 'summaryTrendStats lacks its value' : `was ${Number(value.toFixed(4))}`
      const state = ok === null ? 'may be crossed' : 'is crossed'
      return [
        {
          name: `${name} ${expression}`,
          text: `the script's own threshold "${expression}" on ${name} ${state} (${was}): k6 judges it, without bounds`,
        },
      ]
    })
  })
}

/** A run that one of its own thresholds ended is cut off, like any other that did not go to its end. */
function endedBy({ metrics }: Summary, { thresholds }: RunOptions): string[] {
  return Object.entries(thresholds ?? {}).flatMap(([name, list]) =>
    list
      .filter((one) => typeof one !== 'string' && one.abortOnFail === true)
      .map(expressionOf)
      .filter((expression) => metrics[name]?.thresholds?.[expression]?.ok === false)
      .map((expression) => `k6 ended the run by "${expression}" on ${name}, which has abortOnFail`),
  )
}

export function circumstancesOf(summary: Summary, options: RunOptions): Circumstances {
  const why = unjudged(summary, options)
  return {
    unjudged: why,
    missing: [...endedBy(summary, options), ...missing(summary, options)],
    crossed: why.length > 0 ? [] : crossed(summary),
  }
}
