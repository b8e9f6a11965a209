// What the target counts of itself, against what actors did.
import type { Rule } from '../../verdict/criterion.ts'
import type { Counts, PhaseSpan } from '../../verdict/evidence.ts'
import { whole } from '../../verdict/wording.ts'
import type { EventLog } from './events.ts'

/**
 * A check with the target's own count of what actors did, where that was told before the load and after all of it: it may have
 * risen by more, because an answer that got lost is of something that was done, and not by less.
 */
export function withCount(
  counts: Counts,
  { counted }: Extract<Rule, { judge: 'never' }>,
  { log, spans }: { log: EventLog; spans: readonly PhaseSpan[] },
): Counts {
  // One that is broken already needs no second reason.
  if (counted === undefined || counts.n === 0 || counts.bad > 0) return counts
  const told = log.points.get(counted.point)?.all() ?? []
  const [first, last] = [told[0], told.at(-1)]
  const end = Math.max(...spans.map((span) => span.end))
  if (first === undefined || last === undefined || first.t >= end || last.t < end) return counts
  const rise = last.value - first.value
  const done = [...(log.tallies.get(counted.tally)?.values() ?? [])]
    .flatMap(({ buckets }) => Object.values(buckets))
    .reduce((sum, n) => sum + n, 0)
  const sum = { ...counts, n: counts.n + 1 }
  if (rise >= done) return sum
  const imbalance = `actors saw ${whole(done)} ${counted.tally}, and the target counted ${whole(rise)} more than before`
  return { ...sum, bad: counts.bad + 1, imbalance }
}
