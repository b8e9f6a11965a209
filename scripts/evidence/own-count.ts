// What the target counts of itself, against what actors did.
import type { Rule } from '../../verdict/criterion.ts'
import type { Agreement, Counts, PhaseSpan } from '../../verdict/evidence.ts'
import { whole } from '../../verdict/wording.ts'
import type { EventLog } from './events.ts'

interface Seen {
  log: EventLog
  spans: readonly PhaseSpan[]
}

/** A figure of the target as it was told last before the load began, and last of all, after the load; null where it was not. */
function figureOf(point: string, { log, spans }: Seen): NonNullable<Agreement['figure']> {
  const points = log.points.get(point)
  if (points === undefined || spans.length === 0) return { before: null, last: null }
  const [begin, end] = [
    Math.min(...spans.map(({ start }) => start)),
    Math.max(...spans.map((span) => span.end)),
  ]
  const { last } = points
  return { before: points.lastBefore(begin), last: last !== null && last.t >= end ? last : null }
}

/**
 * A check with the target's own count of what actors did, where that was told before the load and after all of it: it may have
 * risen by more, because an answer that got lost is of something that was done, and not by less.
 */
export function withCount(
  counts: Counts,
  { counted }: Extract<Rule, { judge: 'never' }>,
  seen: Seen,
): Counts {
  // One that is broken already needs no second reason.
  if (counted === undefined || counts.n === 0 || counts.bad > 0) return counts
  const { before, last } = figureOf(counted.point, seen)
  if (before === null || last === null) return counts
  const rise = last.value - before.value
  const done = [...(seen.log.tallies.get(counted.tally)?.values() ?? [])]
    .flatMap(({ buckets }) => Object.values(buckets))
    .reduce((sum, n) => sum + n, 0)
  const sum = { ...counts, n: counts.n + 1 }
  if (rise >= done) return sum
  const imbalance = `actors saw ${whole(done)} ${counted.tally}, and the target counted ${whole(rise)} more than before`
  return { ...sum, bad: counts.bad + 1, imbalance }
}

/** What actors saw, with the figure of the target that it is held against, of whichever process told it last. */
export const withFigure = (
  agreement: Agreement,
  { point }: Extract<Rule, { judge: 'agrees' }>,
  seen: Seen,
): Agreement => ({ ...agreement, figure: figureOf(point, seen) })
