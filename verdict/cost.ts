// What a piece of work costs in processor time, at the end of the judged time against its beginning, for each service.
import { confidence } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Resources } from './evidence.ts'
import type { Judgement } from './judgement.ts'
import { blocksNeeded, servicesJudged, servicesOf, tooFew, valueless, worstOf } from './service-blocks.ts'
import type { Block, ServiceBlocks } from './service-blocks.ts'
import { riskOfEach, studentQuantile } from './statistics.ts'
import { mostStretches, partsOf, varianceOfSum } from './trend.ts'
import { decimal, exact, percentage } from './wording.ts'

type CostRule = Extract<Rule, { judge: 'cost' }>

/** A service that keeps less than this of one core busy, first and last, is left out: what it does is no cost of work. */
const leastCores = 0.01
/** The first and the last of so many parts are compared. */
const quarters = 4

/** Processor seconds and work of some blocks together. */
interface Stretch {
  seconds: number
  work: number
}

function stretchOf(blocks: readonly Block[]): Stretch {
  const sum = { seconds: 0, work: 0 }
  for (const { row, work } of blocks) {
    sum.seconds += row.cpuSeconds
    sum.work += work
  }
  return sum
}

/**
 * The standard error of the logarithm of the ratio of two quarters, from how all the time strays from the cost of its
 * quarter: one quarter alone is too short to show how long a deviation lasts.
 */
function errorOfRatio(blocks: readonly Block[]): { error: number; freedom: number } {
  const deviations: number[] = []
  for (const [from, to] of partsOf(blocks.length, quarters)) {
    const quarter = blocks.slice(from, to)
    const { seconds, work } = stretchOf(quarter)
    const stretches = partsOf(quarter.length, mostStretches / quarters)
    for (const [begin, end] of stretches) {
      const stretch = stretchOf(quarter.slice(begin, end))
      const expected = (seconds * stretch.work) / work
      deviations.push(((stretch.seconds - expected) * stretches.length) / seconds)
    }
  }
  // A quarter between the two in which no work was completed, or none cost anything, says nothing.
  const known = deviations.filter(Number.isFinite)
  const { variance, freedom } = varianceOfSum(known)
  // Each quarter's mean has as many times the variance of the mean of all as there are quarters.
  return { error: Math.sqrt(2 * quarters * variance) / known.length, freedom }
}

/**
 * Processor time per completed piece of work, last quarter over first. FAIL: the ratio's lower bound is over 1 + within for some
 * service; PASS: its upper bound is not, for all. Values are ratios.
 */
export function judgeCost(rule: CostRule, evidence: Resources): Judgement {
  const services = servicesOf(evidence)
  if (typeof services === 'string')
    return valueless('INVALID', 0, `the evidence contradicts itself: ${services}`)
  const needed = blocksNeeded(evidence.blockSeconds)
  const working = services.filter(({ all }) => coresOf(all, evidence.blockSeconds) >= leastCores)
  if (working.length === 0)
    return valueless(
      'UNDECIDED',
      needed,
      `none of ${services.length} services kept ${percentage(leastCores)} of a core busy, so there is no cost to compare`,
    )
  const judged = working.map((one) =>
    judgeService(1 + rule.within, one, evidence.blockSeconds, working.length),
  )
  const { judgement } = worstOf(judged)!
  const idle = services.length - working.length
  const left = idle === 0 ? '' : `; ${idle} left out, under ${percentage(leastCores)} of a core`
  return { ...judgement, reason: `${judgement.reason} (${servicesJudged(working.length)}${left})` }
}

/** Cores that a service keeps busy in its first or its last quarter, whichever is more. */
function coresOf(blocks: readonly Block[], blockSeconds: number): number {
  const parts = partsOf(blocks.length, quarters).map(([from, to]) => {
    const seconds = blocks.slice(from, to).reduce((sum, { row }) => sum + row.cpuSeconds, 0)
    return seconds / ((to - from) * blockSeconds)
  })
  return Math.max(0, parts[0] ?? 0, parts.at(-1) ?? 0)
}

function judgeService(
  most: number,
  { service, settled }: ServiceBlocks,
  blockSeconds: number,
  tests: number,
): { judgement: Judgement; weight: number } {
  const needed = blocksNeeded(blockSeconds)
  const few = tooFew(settled, blockSeconds)
  if (few !== null) return { judgement: valueless('UNDECIDED', needed, `${service}: ${few}`), weight: 0 }
  const size = Math.floor(settled.length / quarters)
  const [first, last] = [stretchOf(settled.slice(0, size)), stretchOf(settled.slice(-size))]
  if (![first, last].every(({ seconds, work }) => seconds > 0 && work > 0)) {
    const reason = `${service}: the first or the last quarter has no completed work or no processor time to compare`
    return { judgement: valueless('UNDECIDED', needed, reason), weight: 0 }
  }
  const ratio = last.seconds / last.work / (first.seconds / first.work)
  const { error, freedom } = errorOfRatio(settled)
  // The bounds are those of the ratio's logarithm. A false FAIL of any service is as rare as of one.
  const lower = ratio * Math.exp(-studentQuantile(riskOfEach(tests), freedom) * error)
  const upper = ratio * Math.exp(studentQuantile(1 - confidence, freedom) * error)
  const status = lower > most ? 'FAIL' : upper <= most ? 'PASS' : 'UNDECIDED'
  const reason = {
    FAIL: `at least ${decimal(lower)} times, allowed ${decimal(most)}`,
    PASS: `at most ${decimal(upper)} times, allowed ${decimal(most)}`,
    UNDECIDED: `between ${decimal(lower)} and ${decimal(upper)} times, allowed ${decimal(most)}: a longer run would decide`,
  }[status]
  const ms = ({ seconds, work }: Stretch): string => decimal((seconds / work) * 1000)
  return {
    judgement: {
      status,
      observed: `${service}: ${decimal(ratio)} times the processor time per piece of work (${ms(first)} ms at first, ${ms(last)} ms at last)`,
      value: exact(ratio),
      samples: settled.length,
      needed: status === 'UNDECIDED' ? 2 * settled.length : 0,
      interval: [exact(lower), exact(upper)],
      reason,
    },
    weight: status === 'FAIL' ? lower : upper,
  }
}
