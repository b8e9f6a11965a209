// The sum of two pieces of evidence of the same rule, by type.
import type {
  Counts,
  Evidence,
  EventTime,
  Histogram,
  HistogramPair,
  LoadStep,
  Rate,
  Units,
} from './evidence.ts'
import { keySum } from './accounts.ts'
import { foldAgreement } from './agreement.ts'
import { foldResources } from './resources.ts'

/**
 * Both together with their clock, or the reason why they do not fit: see sumOf().
 */
export function fold(a: Evidence, b: Evidence): Evidence | string {
  const [one, other] = [a.clock ?? 'wall', b.clock ?? 'wall'].sort()
  if (one !== other) return `parts bring evidence of different clocks: ${one} and ${other}`
  const sum = sumOf(a, b)
  return typeof sum === 'string' || a.clock === undefined ? sum : { ...sum, clock: a.clock }
}

/**
 * Both together, or the reason why they do not fit. Associative and commutative, up to the rounding of sums of
 * fractions. Counts, buckets, moments, units, events and exposures add up, those of pairs side by side; points are put in
 * time order; of event times the longest wait is kept, see EventTime; of an agreement see foldAgreement().
 */
function sumOf(a: Evidence, b: Evidence): Evidence | string {
  if (a.type === 'counts' && b.type === 'counts') return counts(a, b)
  if (a.type === 'histogram' && b.type === 'histogram') return histogram(a, b)
  if (a.type === 'moments' && b.type === 'moments')
    return { type: 'moments', n: a.n + b.n, sum: a.sum + b.sum, seconds: pairs(a.seconds, b.seconds) }
  if (a.type === 'units' && b.type === 'units') return units(a, b)
  if (a.type === 'series' && b.type === 'series')
    return { type: 'series', points: [...a.points, ...b.points].sort(([t, x], [u, y]) => t - u || x - y) }
  if (a.type === 'event' && b.type === 'event') return longest([...waits(a), ...waits(b)])
  if (a.type === 'rate' && b.type === 'rate') return { type: 'rate', ...rate(a, b), ...windows(a, b) }
  if (a.type === 'rate-pair' && b.type === 'rate-pair')
    return { type: 'rate-pair', now: rate(a.now, b.now), before: rate(a.before, b.before) }
  if (a.type === 'histogram-pair' && b.type === 'histogram-pair') return histogramPair(a, b)
  if (a.type === 'resources' && b.type === 'resources') return foldResources(a, b)
  if (a.type === 'agreement' && b.type === 'agreement') return foldAgreement(a, b)
  return `shards bring evidence of different types: ${[a.type, b.type].sort().join(' and ')}`
}

function counts(a: Counts, b: Counts): Counts {
  const unresolved = (a.unresolved ?? 0) + (b.unresolved ?? 0)
  const unobserved = (a.unobserved ?? []).filter((name) => b.unobserved?.includes(name) === true)
  const leftOut = (a.leftOut ?? 0) + (b.leftOut ?? 0)
  const sum: Counts = {
    type: 'counts',
    n: a.n + b.n,
    bad: a.bad + b.bad,
    ...(unresolved > 0 ? { unresolved } : {}),
    ...(unobserved.length > 0 ? { unobserved } : {}),
    ...(leftOut > 0 ? { leftOut } : {}),
    ...(a.far === undefined && b.far === undefined ? {} : { far: (a.far ?? 0) + (b.far ?? 0) }),
    ...(a.steps === undefined && b.steps === undefined ? {} : { steps: stepsOf(a, b) }),
    ...account(a, b),
  }
  if (a.blocks === undefined && b.blocks === undefined) return sum
  return { ...sum, blocks: pairs(a.blocks ?? {}, b.blocks ?? {}) }
}

/** Parts of one run have the same steps, and epochs have others: each once, in time order. */
function stepsOf({ steps: a = [] }: Counts, { steps: b = [] }: Counts): LoadStep[] {
  const isSame = (one: LoadStep, other: LoadStep): boolean =>
    one.level === other.level && one.start === other.start && one.end === other.end
  const added = b.filter((other) => !a.some((one) => isSame(one, other)))
  return [...a, ...added].sort((one, other) => one.start - other.start || one.level - other.level)
}

type Pairs = Record<string, [number, number]>

/** Pairs of the same second added up. */
function pairs(a: Pairs, b: Pairs): Pairs {
  const sum = { ...a }
  for (const [second, [one, other]] of Object.entries(b)) {
    const [first, next] = sum[second] ?? [0, 0]
    sum[second] = [one + first, other + next]
  }
  return sum
}

/** Promises of both; settled only when all parts are together, see accounted(). */
function account({ account: a }: Counts, { account: b }: Counts): Pick<Counts, 'account'> {
  const one = a ?? b
  if (a === undefined || b === undefined) return one === undefined ? {} : { account: one }
  const unread = (a.unread ?? 0) + (b.unread ?? 0)
  const sum = {
    promised: a.promised + b.promised,
    unsure: a.unsure + b.unsure,
    ...(unread > 0 ? { unread } : {}),
  }
  // Of keys that one part kept and another did not nothing can be said.
  if (a.keys === undefined || b.keys === undefined) return { account: sum }
  const keys = {
    open: keySum(a.keys.open, b.keys.open),
    unsure: keySum(a.keys.unsure, b.keys.unsure),
  }
  return { account: { ...sum, keys } }
}

type Events = Omit<Rate, 'type' | 'windows'>
const rate = (a: Events, b: Events): Events => ({
  events: a.events + b.events,
  exposure: a.exposure + b.exposure,
})

/** Numbers of the same key added up. */
function sums(a: Record<string, number>, b: Record<string, number>): Record<string, number> {
  const sum = { ...a }
  for (const [key, n] of Object.entries(b)) sum[key] = (sum[key] ?? 0) + n
  return sum
}

const windows = ({ windows: a }: Rate, { windows: b }: Rate): Pick<Rate, 'windows'> =>
  a === undefined && b === undefined ? {} : { windows: sums(a ?? {}, b ?? {}) }

type Buckets = Omit<Histogram, 'type'>
function buckets(a: Buckets, b: Buckets): Buckets | string {
  if (a.growth !== b.growth)
    return `shards bring histograms of different growth: ${[a.growth, b.growth].sort((x, y) => x - y).join(' and ')}`
  return { growth: a.growth, buckets: sums(a.buckets, b.buckets) }
}

function histogram(a: Histogram, b: Histogram): Histogram | string {
  const sum = buckets(a, b)
  return typeof sum === 'string' ? sum : { type: 'histogram', ...sum }
}

function histogramPair(a: HistogramPair, b: HistogramPair): HistogramPair | string {
  const [now, before] = [buckets(a.now, b.now), buckets(a.before, b.before)]
  if (typeof now === 'string') return now
  return typeof before === 'string' ? before : { type: 'histogram-pair', now, before }
}

function units(a: Units, b: Units): Units {
  // A unit may have any name, also one that every object has a member of.
  const sum = new Map(Object.entries(a.units))
  for (const [name, { quantity, capacity }] of Object.entries(b.units)) {
    const other = sum.get(name) ?? { quantity: 0, capacity: 0 }
    sum.set(name, { quantity: quantity + other.quantity, capacity: capacity + other.capacity })
  }
  return { type: 'units', units: Object.fromEntries(sum) }
}

export type Wait = Omit<EventTime, 'type' | 'other'>

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
export function longest(all: Wait[]): EventTime {
  const order = (x: Wait, y: Wait): number =>
    waitedMs(y) - waitedMs(x) || x.from - y.from || y.watchedUntil - x.watchedUntil
  const censored = all.filter(({ at }) => at === null).sort(order)[0]
  const ended = all.filter(({ at }) => at !== null).sort(order)[0]
  const [first, other] = censored === undefined ? [ended, undefined] : [censored, ended]
  if (first === undefined) throw new Error('event times: expected at least one wait, got none')
  return { type: 'event', ...first, ...(other === undefined ? {} : { other }) }
}
