// Rules on how much gets done in a time: a rate, and the ratio of two. Events are taken as a Poisson process.
import gammaQuantile from '@stdlib/stats-base-dists-gamma-quantile'
import { confidence } from './criterion.ts'
import type { Rule } from './criterion.ts'
import type { Rate, RatePair } from './evidence.ts'
import { contradiction, isAmount, moreSamples, nothing } from './judgement.ts'
import type { Judgement } from './judgement.ts'
import { mostSamples, riskOfEach, samplesToDecide, shareBounds } from './statistics.ts'
import type { Bounds } from './statistics.ts'
import type { Status } from './verdict.ts'
import { decimal, exact, perText, whole } from './wording.ts'

type Events = Omit<Rate, 'type' | 'windows'>

const isRate = ({ events, exposure }: Events): boolean => isAmount(events) && isAmount(exposure)
const rateOf = ({ events, exposure }: Events): number => events / exposure
const statusOf = ({ lower, upper }: Bounds, least: number): Exclude<Status, 'INVALID'> =>
  lower >= least ? 'PASS' : upper < least ? 'FAIL' : 'UNDECIDED'
const between = ({ lower, upper }: Bounds): string => `between ${decimal(lower)} and ${decimal(upper)}`

function gamma(probability: number, shape: number): number {
  const value = gammaQuantile(probability, shape, 1)
  if (Number.isFinite(value)) return value
  throw new Error(
    `no quantile of the gamma distribution: expected a probability and a positive shape, got ${probability} and ${shape}; the counts behind it are malformed`,
  )
}

/**
 * The exact one-sided bounds (Garwood) of a rate of which so many events were counted, per unit of exposure. The
 * exposure is over 0. Events that come more evenly than a Poisson process vary less, so for them the bounds are wider
 * than they need be.
 */
export function rateBounds({ events, exposure }: Events, sure = confidence): Bounds {
  return {
    lower: events === 0 ? 0 : gamma(1 - sure, events) / exposure,
    upper: gamma(sure, events + 1) / exposure,
  }
}

/**
 * By the events in each stretch of `exposure` seconds. The one with the fewest decides; of many one alone may look slow by chance,
 * so that its upper bound is as much surer.
 */
function judgeWindows(least: number, exposure: number, counts: number[]): Judgement {
  if (counts.length === 0) return nothing(1, `no stretch of ${decimal(exposure)} s was seen whole`)
  const slowest = { events: Math.min(...counts), exposure }
  const { lower } = rateBounds(slowest)
  const { upper } = rateBounds(slowest, 1 - riskOfEach(counts.length))
  const status = statusOf({ lower, upper }, least)
  const where = `in the slowest of ${whole(counts.length)} stretches of ${decimal(exposure)} s`
  const allowed = `at least ${decimal(least)} needed in each`
  return {
    status,
    observed: `${decimal(rateOf(slowest))} per second ${where}`,
    value: exact(rateOf(slowest)),
    samples: counts.reduce((sum, n) => sum + n, 0),
    needed: status === 'UNDECIDED' ? mostSamples : 0,
    interval: [exact(lower), exact(upper)],
    reason: {
      PASS: `at least ${decimal(lower)} per second ${where}, ${allowed}`,
      FAIL: `at most ${decimal(upper)} per second ${where}, ${allowed}`,
      UNDECIDED: `between ${decimal(lower)} and ${decimal(upper)} per second ${where}, ${allowed}: too near to it to tell`,
    }[status],
  }
}

export function judgeRate(rule: Extract<Rule, { judge: 'rate' }>, found: Rate): Judgement {
  if (!isRate(found) || (found.events > 0 && found.exposure === 0))
    return contradiction(
      `expected events and seconds from 0, got ${found.events} events in ${found.exposure} s`,
    )
  if (found.exposure === 0) return nothing(1)
  if (rule.windowSeconds !== undefined)
    return judgeWindows(rule.least, rule.windowSeconds, Object.values(found.windows ?? {}))
  const bounds = rateBounds(found)
  const value = rateOf(found)
  const status = statusOf(bounds, rule.least)
  const allowed = `at least ${decimal(rule.least)} needed`
  const needed = status === 'UNDECIDED' ? eventsToDecide(found, bounds, rule.least) : 0
  return {
    status,
    observed: `${decimal(value)} per second (${whole(found.events)} in ${decimal(found.exposure)} s)`,
    value: exact(value),
    samples: found.events,
    needed,
    interval: [exact(bounds.lower), exact(bounds.upper)],
    reason: {
      PASS: `at least ${decimal(bounds.lower)} per second, ${allowed}`,
      FAIL: `at most ${decimal(bounds.upper)} per second, ${allowed}`,
      UNDECIDED: `${between(bounds)} per second, ${allowed}: ${moreSamples(needed)}`,
    }[status],
  }
}

/** Chance falls with the square root of the number of events. */
function eventsToDecide(found: Events, { lower, upper }: Bounds, least: number): number {
  const value = rateOf(found)
  const distance = Math.abs(value - least)
  const width = value < least ? upper - value : value - lower
  return distance > 0 ? Math.min(mostSamples, Math.ceil(found.events * (width / distance) ** 2)) : mostSamples
}

/** The share of all events that falls on `now` where its rate is so many times that of `before`. */
function shareAt(ratio: number, { now, before }: Pick<RatePair, 'now' | 'before'>): number {
  const weight = ratio * now.exposure
  return weight / (weight + before.exposure)
}

/**
 * The exact one-sided bounds of the ratio of two rates: given how many events there were in all, those of `now` are
 * binomial with a share that the ratio fixes. Exposures and the events before are over 0.
 */
export function ratioBounds({ now, before }: Pick<RatePair, 'now' | 'before'>): Bounds {
  const ratioAt = (share: number): number => (share / (1 - share)) * (before.exposure / now.exposure)
  const { lower, upper } = shareBounds(now.events, now.events + before.events)
  return { lower: ratioAt(lower), upper: ratioAt(upper) }
}

export function judgeRatio(rule: Extract<Rule, { judge: 'ratio' }>, found: RatePair): Judgement {
  const { now, before } = found
  for (const side of [now, before]) {
    if (isRate(side) && (side.events === 0 || side.exposure > 0)) continue
    return contradiction(
      `expected events and exposures from 0, got ${side.events} events in an exposure of ${side.exposure}`,
    )
  }
  if (now.exposure === 0 || before.events === 0)
    return nothing(1, `nothing was observed ${now.exposure === 0 ? 'now' : 'before'} to compare`)
  const samples = now.events + before.events
  const bounds = ratioBounds(found)
  const value = rateOf(now) / rateOf(before)
  const status = statusOf(bounds, rule.least)
  const allowed = `at least ${decimal(rule.least)} times needed`
  const needed = status === 'UNDECIDED' ? samplesToDecide(now.events, samples, shareAt(rule.least, found)) : 0
  return {
    status,
    observed:
      `${decimal(value)} times: ${decimal(rateOf(now))} against ${decimal(rateOf(before))} ${perText(rule)} ` +
      `(${whole(now.events)} and ${whole(before.events)})`,
    value: exact(value),
    samples,
    needed,
    interval: [exact(bounds.lower), exact(bounds.upper)],
    reason: {
      PASS: `at least ${decimal(bounds.lower)} times, ${allowed}`,
      FAIL: `at most ${decimal(bounds.upper)} times, ${allowed}`,
      UNDECIDED: `${between(bounds)} times, ${allowed}: ${moreSamples(needed)}`,
    }[status],
  }
}
