// How much of the processors that it may use each service kept busy, as the mean of the judged time.
import { confidence } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Resources } from './evidence.ts'
import type { Judgement } from './judgement.ts'
import { servicesJudged, servicesOf, valueless, worstOf } from './service-blocks.ts'
import type { Block, ServiceBlocks } from './service-blocks.ts'
import { riskOfEach, studentQuantile } from './statistics.ts'
import type { Status } from './verdict.ts'
import { mostStretches, partsOf, varianceOfSum } from './trend.ts'
import { decimal, exact, percentage, whole } from './wording.ts'

type BusyRule = Extract<Rule, { judge: 'busy' }>

/** Fewer blocks say too little about how much they differ. */
const leastBlocks = 5

/** Processor seconds, and the seconds in which they were used. */
interface Stretch {
  used: number
  seconds: number
}

/** A block whose samples do not say how long they are is of one second each: the keeper takes one a second. */
const stretchOf = (blocks: readonly Block[]): Stretch =>
  blocks.reduce(
    (sum, { row }) => ({
      used: sum.used + row.cpuSeconds,
      seconds: sum.seconds + (row.seconds ?? row.samples),
    }),
    { used: 0, seconds: 0 },
  )

/** The mean in cores, with the standard error that it has where neighbouring stretches have something in common. */
function meanOf(blocks: readonly Block[]): { mean: number; error: number; freedom: number } {
  const { used, seconds } = stretchOf(blocks)
  const mean = used / seconds
  const strayed = partsOf(blocks.length, mostStretches).map(([from, to]) => {
    const part = stretchOf(blocks.slice(from, to))
    return part.used - mean * part.seconds
  })
  const { variance, freedom } = varianceOfSum(strayed)
  return { mean, error: Math.sqrt(variance) / seconds, freedom }
}

/**
 * The share of its processors that each service used. FAIL: its lower bound reaches the limit for some service; PASS: its upper
 * bound stays under it, for all. Values are in %.
 */
export function judgeBusy(rule: BusyRule, evidence: Resources): Judgement {
  const services = servicesOf(evidence)
  if (typeof services === 'string')
    return valueless('INVALID', 0, `the evidence contradicts itself: ${services}`)
  if (services.length === 0)
    return valueless('UNDECIDED', leastBlocks, 'no service was sampled while it was judged')
  const judged = services.map((one) => judgeService(rule.under, one, evidence, services.length))
  const { judgement } = worstOf(judged)!
  return { ...judgement, reason: `${judgement.reason} (${servicesJudged(services.length)})` }
}

/** One service of `tests` that are judged together: a false FAIL of any of them is as rare as of one. */
function judgeService(
  under: number,
  { service, all }: ServiceBlocks,
  { cores: known = {}, blockSeconds }: Resources,
  tests: number,
): { judgement: Judgement; weight: number } {
  const unknown = (reason: string) => ({
    judgement: valueless('UNDECIDED', leastBlocks, `${service}: ${reason}`),
    weight: 0,
  })
  const cores = Object.hasOwn(known, service) ? known[service]! : 0
  if (!(cores > 0)) return unknown('how many processors it may use is not known')
  if (all.length < leastBlocks || !(stretchOf(all).seconds > 0))
    return unknown(
      `${whole(all.length)} blocks of ${decimal(blockSeconds)} s are too few: ${whole(leastBlocks)} needed`,
    )
  const { mean, error, freedom } = meanOf(all)
  const share = mean / cores
  const lower = Math.max(0, share - (studentQuantile(riskOfEach(tests), freedom) * error) / cores)
  const upper = share + (studentQuantile(1 - confidence, freedom) * error) / cores
  const status: Status = lower >= under ? 'FAIL' : upper < under ? 'PASS' : 'UNDECIDED'
  const bound = {
    FAIL: `at least ${percentage(lower)}`,
    PASS: `at most ${percentage(upper)}`,
    UNDECIDED: `between ${percentage(lower)} and ${percentage(upper)}`,
  }[status]
  const longer = status === 'UNDECIDED' ? ': a longer run would decide' : ''
  return {
    judgement: {
      status,
      observed: `${service} ${percentage(share)} of ${decimal(cores)} ${cores === 1 ? 'core' : 'cores'}, ${bound}`,
      value: exact(share * 100),
      samples: all.length,
      needed: status === 'UNDECIDED' ? 2 * all.length : 0,
      interval: [exact(lower * 100), exact(upper * 100)],
      reason: `${bound}, allowed ${percentage(under)}${longer}`,
    },
    weight: status === 'FAIL' ? lower : upper,
  }
}
