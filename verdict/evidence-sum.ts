// The sum of two pieces of evidence of the same rule, by type.
import type { Counts, Evidence, EventTime, Histogram, Units } from './evidence.ts'

/**
 * Both together, or the reason why they do not fit. Associative and commutative, up to the rounding of sums of
 * fractions. Counts, buckets, moments and units add up; points are put in time order; of event times the longest wait is
 * kept, see EventTime.
 */
export function fold(a: Evidence, b: Evidence): Evidence | string {
  if (a.type === 'counts' && b.type === 'counts') return counts(a, b)
  if (a.type === 'histogram' && b.type === 'histogram') return histogram(a, b)
  if (a.type === 'moments' && b.type === 'moments')
    return {
      type: 'moments',
      n: a.n + b.n,
      sum: a.sum + b.sum,
      sumOfSquares: a.sumOfSquares + b.sumOfSquares,
    }
  if (a.type === 'units' && b.type === 'units') return units(a, b)
  if (a.type === 'series' && b.type === 'series')
    return { type: 'series', points: [...a.points, ...b.points].sort(([t, x], [u, y]) => t - u || x - y) }
  if (a.type === 'event' && b.type === 'event') return longest([...waits(a), ...waits(b)])
  return `shards bring evidence of different types: ${[a.type, b.type].sort().join(' and ')}`
}

function counts(a: Counts, b: Counts): Counts {
  const unresolved = (a.unresolved ?? 0) + (b.unresolved ?? 0)
  const sum: Counts = {
    type: 'counts',
    n: a.n + b.n,
    bad: a.bad + b.bad,
    ...(unresolved > 0 ? { unresolved } : {}),
  }
  if (a.blocks === undefined && b.blocks === undefined) return sum
  const blocks = { ...a.blocks }
  for (const [second, [n, bad]] of Object.entries(b.blocks ?? {})) {
    const [otherN, otherBad] = blocks[second] ?? [0, 0]
    blocks[second] = [n + otherN, bad + otherBad]
  }
  return { ...sum, blocks }
}

function histogram(a: Histogram, b: Histogram): Histogram | string {
  if (a.growth !== b.growth)
    return `shards bring histograms of different growth: ${[a.growth, b.growth].sort((x, y) => x - y).join(' and ')}`
  const buckets = { ...a.buckets }
  for (const [bucket, count] of Object.entries(b.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + count
  return { ...a, buckets }
}

function units(a: Units, b: Units): Units {
  const sum = { ...a.units }
  for (const [name, { quantity, capacity }] of Object.entries(b.units)) {
    const other = sum[name] ?? { quantity: 0, capacity: 0 }
    sum[name] = { quantity: quantity + other.quantity, capacity: capacity + other.capacity }
  }
  return { type: 'units', units: sum }
}

type Wait = Omit<EventTime, 'type' | 'other'>

/** The waits that an event time tells of: its own and, after a merge, the longest of the other sort. */
export const waits = ({ from, at, watchedUntil, other }: EventTime): Wait[] => [
  { from, at, watchedUntil },
  ...(other === undefined ? [] : [other]),
]

/** How long a wait lasted, in ms; for one that was not seen to end, how long it was watched. */
export const waitedMs = ({ from, at, watchedUntil }: Wait): number => (at ?? watchedUntil) - from

/**
 * Whatever the limit, the longest wait that ended and the longest that did not decide the verdict of all, so these two
 * are kept.
 */
function longest(all: Wait[]): EventTime {
  const order = (x: Wait, y: Wait): number =>
    waitedMs(y) - waitedMs(x) || x.from - y.from || y.watchedUntil - x.watchedUntil
  const censored = all.filter(({ at }) => at === null).sort(order)[0]
  const ended = all.filter(({ at }) => at !== null).sort(order)[0]
  const [first, other] = censored === undefined ? [ended, undefined] : [censored, ended]
  if (first === undefined) throw new Error('merge of event times: expected at least one wait, got none')
  return { type: 'event', ...first, ...(other === undefined ? {} : { other }) }
}
