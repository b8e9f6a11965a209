// What must not grow without end in a soak: memory, and open files and connections. FAIL needs three signs together.
import type { Rule } from './criterion.ts'
import type { Resources } from './evidence.ts'
import type { Judgement } from './judgement.ts'
import {
  blocksNeeded,
  pointsOf,
  servicesJudged,
  servicesOf,
  tooFew,
  valueless,
  warmUpShare,
  worstOf,
} from './service-blocks.ts'
import type { Block, ServiceBlocks } from './service-blocks.ts'
import { timesNoise, trendOf } from './trend.ts'
import type { Trend } from './trend.ts'
import { decimal, exact, whole } from './wording.ts'

type RuleOf<Kind extends Rule['judge']> = Extract<Rule, { judge: Kind }>
interface Judged {
  judgement: Judgement
  /** Among those of one status, the greatest is told. */
  weight: number
}

const bytesPerMb = 1e6
const mbPerGb = 1000
const projectedHours = 30 * 24
/** A growth below this is no leak yet: heaps and allocators take memory in steps of about this size. */
const leastGrowthMb = 5
/** Open files or connections that a service may come to hold without being said to leak. */
const leastGrowthHandles = 10
/**
 * A run this short meets few full collections. What grew in it may be garbage that the next one takes, when the largest
 * fall ever seen was as large as the growth, or was under `collectedShare` of it, so that none has been seen. Not when
 * memory grew by `beyondGarbage` of what it was: a heap is collected before that.
 */
const shortHours = 2
const collectedShare = 0.25
const beyondGarbage = 0.5

const short = (value: number): string => decimal(Number(value.toPrecision(3)))
const signed = (value: number): string => (value > 0 ? `+${short(value)}` : short(value))

/** Whether all three signs of endless growth are there: the slope, more than noise, and the rising floor. */
const growsWithoutEnd = (trend: Trend, limit: number, leastGrowth: number): boolean =>
  trend.lower > limit &&
  trend.growth > Math.max(leastGrowth, timesNoise * trend.noise) &&
  trend.rising &&
  trend.floorRate > limit

/** Which of the three signs is missing, in words. */
function missing(trend: Trend, limit: number, leastGrowth: number, unit: string): string {
  if (trend.lower <= limit) return `its growth is not told from ${short(limit)} ${unit} an hour`
  if (trend.growth <= leastGrowth)
    return `it grew by ${short(trend.growth)} ${unit}, under the ${leastGrowth} ${unit} that count as growth`
  if (trend.growth <= timesNoise * trend.noise)
    return `it grew by ${short(trend.growth)} ${unit}, no more than its noise (${short(trend.noise)} ${unit}) makes`
  return 'its floor does not rise steadily'
}

const mayBeGarbage = ({ hours, growth, floors }: Trend, fall: number): boolean =>
  hours < shortHours &&
  growth < beyondGarbage * floors[0]! &&
  (fall >= growth || fall < collectedShare * growth)

function largestFall(values: readonly number[]): number {
  let fall = 0
  for (let index = 1; index < values.length; index++)
    fall = Math.max(fall, values[index - 1]! - values[index]!)
  return fall
}

/**
 * Memory by the least of each block. FAIL: the slope's lower bound is over the limit, the growth is more than noise, and
 * the floor rises. PASS otherwise, with the least leak that would have been seen. Values are MB (10^6 bytes) an hour.
 */
export function judgeLeak(rule: RuleOf<'leak'>, evidence: Resources): Judgement {
  return worst(evidence, (one, tests) => judgeMemory(rule.mbPerHour, one, evidence.blockSeconds, tests))
}

/** One service of `tests` that are judged together. */
function judgeMemory(
  limit: number,
  { service, all, settled }: ServiceBlocks,
  seconds: number,
  tests: number,
): Judged {
  const least = ({ row }: Block): number => row.memoryLeast / bytesPerMb
  const trend = trendOf(pointsOf(settled, seconds, least), limit, tests)
  const { slope, lower, upper, growth, floors } = trend
  const inMonth = (rate: number): string => signed((rate * projectedHours) / mbPerGb)
  const judged = {
    observed:
      `${service}: ${signed(slope)} MB an hour (${short(lower)} to ${short(upper)}), floor ${short(floors[0]!)} to ` +
      `${short(floors.at(-1)!)} MB; at this rate ${inMonth(slope)} GB in 30 days (${inMonth(lower)} to ${inMonth(upper)})`,
    value: exact(slope),
    samples: settled.length,
    interval: [exact(lower), exact(upper)] as [number, number],
    needed: 0,
  }
  if (!growsWithoutEnd(trend, limit, leastGrowthMb)) {
    const reason =
      upper <= limit
        ? `at most ${short(upper)} MB an hour, allowed ${short(limit)}`
        : `${missing(trend, limit, leastGrowthMb, 'MB')}; a leak under ${short(leastVisible(trend, leastGrowthMb))} MB an hour could not be seen`
    return { judgement: { ...judged, status: 'PASS', reason }, weight: lower }
  }
  const fall = largestFall(all.map(least))
  if (mayBeGarbage(trend, fall)) {
    const reason =
      `it grew by ${short(growth)} MB, the largest fall was ${short(fall)} MB, and in ${short(trend.hours * 60)} min ` +
      `that may be garbage not collected yet: a run of over ${decimal(shortHours)} hours tells`
    const needed = Math.ceil((shortHours * 3600) / seconds / (1 - warmUpShare))
    return { judgement: { ...judged, status: 'UNDECIDED', needed, reason }, weight: lower }
  }
  const reason =
    `at least ${short(lower)} MB an hour, allowed ${short(limit)}; it grew by ${short(growth)} MB, its noise is ` +
    `${short(trend.noise)} MB, and its floor rises`
  return { judgement: { ...judged, status: 'FAIL', reason }, weight: lower }
}

/** However little noise there is, the least growth that counts must be reached. */
const leastVisible = ({ visible, hours }: Trend, leastGrowth: number): number =>
  Math.max(visible, leastGrowth / hours)

/**
 * Open files and database connections by the most of each block. FAIL by the same three signs, with no growth allowed
 * but a few handles. PASS otherwise. Values are handles an hour.
 */
export function judgeBounded(_rule: RuleOf<'bounded'>, evidence: Resources): Judgement {
  // Every service brings two series.
  return worst(evidence, (one, tests) => {
    const files = judgeHandles(
      'open files',
      ({ row }) => row.openFilesMost,
      one,
      evidence.blockSeconds,
      2 * tests,
    )
    const reporting = one.settled.filter(({ row }) => row.connectionsMost >= 0)
    if (tooFew(reporting, evidence.blockSeconds) !== null) return files
    const connections = judgeHandles(
      'database connections',
      ({ row }) => row.connectionsMost,
      { ...one, settled: reporting },
      evidence.blockSeconds,
      2 * tests,
    )
    return worstOf([files, connections]) ?? files
  })
}

function judgeHandles(
  what: string,
  most: (block: Block) => number,
  { service, settled }: ServiceBlocks,
  seconds: number,
  tests: number,
): Judged {
  const points = pointsOf(settled, seconds, most)
  const trend = trendOf(points, 0, tests)
  const { slope, lower, upper, growth, floors } = trend
  const grows = growsWithoutEnd(trend, 0, leastGrowthHandles)
  const largest = Math.max(...points.values)
  return {
    judgement: {
      status: grows ? 'FAIL' : 'PASS',
      observed: `${service}: at most ${whole(largest)} ${what}, ${signed(slope)} an hour (${short(lower)} to ${short(upper)})`,
      value: exact(slope),
      samples: settled.length,
      interval: [exact(lower), exact(upper)],
      needed: 0,
      reason: grows
        ? `${what} grew by ${whole(growth)}, at least ${short(lower)} an hour, and their least from ${whole(floors[0]!)} to ${whole(floors.at(-1)!)}`
        : `${what} do not grow without end: ${missing(trend, 0, leastGrowthHandles, what)}`,
    },
    weight: grows ? lower : largest,
  }
}

/** Judges every service that has blocks enough; the worst decides and is named. */
function worst(evidence: Resources, judge: (one: ServiceBlocks, tests: number) => Judged): Judgement {
  const services = servicesOf(evidence)
  if (typeof services === 'string')
    return valueless('INVALID', 0, `the evidence contradicts itself: ${services}`)
  const needed = blocksNeeded(evidence.blockSeconds)
  if (services.length === 0)
    return valueless('UNDECIDED', needed, 'no service was sampled while it was judged')
  const judged = services.map((one) => {
    const few = tooFew(one.settled, evidence.blockSeconds)
    if (few === null) return judge(one, services.length)
    return { judgement: valueless('UNDECIDED', needed, `${one.service}: ${few}`), weight: 0 }
  })
  const { judgement } = worstOf(judged)!
  return { ...judgement, reason: `${judgement.reason} (${servicesJudged(services.length)})` }
}
