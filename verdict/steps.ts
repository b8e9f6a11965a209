// A share that holds in each step of a ramp by itself: where it breaks, or up to where it holds.
import type { Rule } from './criterion.ts'
import type { Counts, LoadStep } from './evidence.ts'
import { contradiction, moreSamples, nothing, type Judgement } from './judgement.ts'
import { designEffect, riskOfEach, samplesToDecide, shareBounds, type Bounds } from './statistics.ts'
import { badText, decimal, exact, percentage, whole } from './wording.ts'

type ShareRule = Extract<Rule, { judge: 'share' }>

export type Held = 'yes' | 'no' | 'undecided'

/** Whether a share keeps a limit in a step, by its bounds. */
export const heldWithin = ({ lower, upper }: Bounds, limit: number): Held =>
  lower > limit ? 'no' : upper <= limit ? 'yes' : 'undecided'

interface JudgedStep {
  level: number
  n: number
  bad: number
  /** Of n, the bad ones; 0 of none. */
  share: number
  effect: number
  bounds: Bounds
  held: Held
}

/**
 * Of several steps one alone may look broken by chance, so that to break takes a bound that is as much surer as there are
 * steps. To hold takes all of them, and needs no such thing.
 */
function judgeStep({ level, start, end }: LoadStep, found: Counts, limit: number, steps: number): JudgedStep {
  const [first, beyond] = [Math.floor(start / 1000), Math.ceil(end / 1000)]
  const blocks = Object.fromEntries(
    Object.entries(found.blocks ?? {}).filter(
      ([second]) => Number(second) >= first && Number(second) < beyond,
    ),
  )
  let [n, bad] = [0, 0]
  for (const [observed, broken] of Object.values(blocks)) {
    n += observed
    bad += broken
  }
  // A bad one may be counted in a second of which only a part belongs to the step.
  bad = Math.min(bad, n)
  const effect = designEffect(blocks)
  const { upper } = shareBounds(bad / effect, n / effect)
  const { lower } = shareBounds(bad / effect, n / effect, 1 - riskOfEach(steps))
  const bounds = { lower, upper }
  return { level, n, bad, share: n === 0 ? 0 : bad / n, effect, bounds, held: heldWithin(bounds, limit) }
}

/** The level of the first step that breaks, and the one before it; or that each holds. */
export function judgeSteps(rule: ShareRule, found: Counts): Judgement {
  if (found.blocks === undefined)
    return contradiction('the observations of each step are not known by the second')
  const { steps = [] } = found
  const judged = steps
    .map((step) => judgeStep(step, found, rule.limit, steps.length))
    .sort((a, b) => a.level - b.level)
  const top = judged.at(-1)
  if (top === undefined) return nothing(1)
  const broken = badText(rule)
  const allowed = `allowed ${percentage(rule.limit)}`
  const at = ({ level, n, bad, share }: JudgedStep): string =>
    `${percentage(share)} ${broken} at a level of ${decimal(level)} (${whole(bad)} of ${whole(n)})`
  const shown = (step: JudgedStep) => ({
    value: exact(step.share * 100),
    samples: found.n,
    interval: [exact(step.bounds.lower * 100), exact(step.bounds.upper * 100)] as [number, number],
  })
  const first = judged.findIndex(({ held }) => held === 'no')
  if (first !== -1) {
    const step = judged[first]!
    const held = judged.slice(0, first).findLast((before) => before.held === 'yes')
    const where =
      held === undefined
        ? `at a level of ${decimal(step.level)} or below`
        : `between a level of ${decimal(held.level)} and one of ${decimal(step.level)}`
    return {
      ...shown(step),
      status: 'FAIL',
      needed: 0,
      observed: `breaks ${where}: ${at(step)}`,
      reason: `breaks ${where}: at least ${percentage(step.bounds.lower)} ${broken}, ${allowed}`,
    }
  }
  const worst = judged.reduce((most, step) => (step.bounds.upper > most.bounds.upper ? step : most))
  if (worst.held === 'yes')
    return {
      ...shown(worst),
      status: 'PASS',
      needed: 0,
      observed: `holds in each of ${steps.length} steps up to a level of ${decimal(top.level)}; worst: ${at(worst)}`,
      reason: `at most ${percentage(worst.bounds.upper)} in the worst step, ${allowed}`,
    }
  const { n, bad, effect, bounds } = worst
  const needed = samplesToDecide(bad, n, rule.limit, effect)
  return {
    ...shown(worst),
    status: 'UNDECIDED',
    needed,
    observed: at(worst),
    reason:
      `between ${percentage(bounds.lower)} and ${percentage(bounds.upper)} ${broken} at a level of ${decimal(worst.level)}, ${allowed}: ` +
      moreSamples(needed, 'in this step'),
  }
}
