// Whether the share of one thing in another has fallen, such as that of hits in look-ups.
import type { Rule } from './criterion.ts'
import type { RatePair } from './evidence.ts'
import { contradiction, isAmount, moreSamples, nothing, type Judgement } from './judgement.ts'
import { mostSamples, shareBounds } from './statistics.ts'
import type { Status } from './verdict.ts'
import { exact, percentage, whole } from './wording.ts'

type Part = RatePair['now']

const isPart = ({ events, exposure }: Part): boolean =>
  isAmount(events) && isAmount(exposure) && events <= exposure

/**
 * One-sided bounds of the difference of two shares, by Newcombe's method of 1998 with the exact bounds of each share: the distances
 * of the bounds from what was observed add up as the sides of a right angle.
 */
function fallBounds(before: Part, now: Part): { observed: number; lower: number; upper: number } {
  const [p, q] = [before.events / before.exposure, now.events / now.exposure]
  const [was, is] = [shareBounds(before.events, before.exposure), shareBounds(now.events, now.exposure)]
  const observed = p - q
  return {
    observed,
    lower: observed - Math.hypot(p - was.lower, is.upper - q),
    upper: observed + Math.hypot(was.upper - p, q - is.lower),
  }
}

/** Chance falls with the square root of the number of observations. */
function samplesFor(samples: number, width: number, distance: number): number {
  return distance > 0 ? Math.min(mostSamples, Math.ceil(samples * (width / distance) ** 2)) : mostSamples
}

export function judgeFalls(
  rule: Pick<Extract<Rule, { judge: 'falls' }>, 'of' | 'among' | 'most'>,
  { before, now }: RatePair,
): Judgement {
  if (!isPart(before) || !isPart(now))
    return contradiction(
      `expected parts of a whole, got ${before.events} of ${before.exposure} and ${now.events} of ${now.exposure}`,
    )
  if (before.exposure === 0 || now.exposure === 0) return nothing(1)
  const { observed, lower, upper } = fallBounds(before, now)
  const status: Status = upper <= rule.most ? 'PASS' : lower > rule.most ? 'FAIL' : 'UNDECIDED'
  const samples = Math.min(before.exposure, now.exposure)
  const needed =
    status === 'UNDECIDED'
      ? samplesFor(
          samples,
          observed < rule.most ? upper - observed : observed - lower,
          Math.abs(observed - rule.most),
        )
      : 0
  const shares = [before, now].map(({ events, exposure }) => percentage(events / exposure))
  return {
    status,
    observed: `${rule.of}: ${shares.join(', then ')} (of ${whole(before.exposure)} and ${whole(now.exposure)} ${rule.among})`,
    value: exact(observed * 100),
    samples,
    needed,
    interval: [exact(lower * 100), exact(upper * 100)],
    reason: {
      PASS: `fell by at most ${percentage(Math.max(0, upper))}, allowed ${percentage(rule.most)}`,
      FAIL: `fell by at least ${percentage(lower)}, allowed ${percentage(rule.most)}`,
      UNDECIDED: `a fall of ${percentage(rule.most)} can neither be shown nor ruled out: ${moreSamples(needed)}`,
    }[status],
  }
}
