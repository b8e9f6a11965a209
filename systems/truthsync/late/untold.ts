// What a service does not tell, of that which criteria rest on, and why nobody can judge by it.
import type { ObservationName, PointName } from '../../../lib/plan/vocabulary.ts'
import type { Names } from '../names.ts'
import type { Figures, Metrics, Service, ServiceView } from '../service.ts'

/** Figures that both ways of asking have, with the words for them. */
const figures = { requests: 'requests', claims: 'texts', errors: 'errors', hits: 'hits' } as const
type Figure = keyof typeof figures
export const figureNames = Object.keys(figures) as Figure[]
export const ways = ['stats', 'metrics'] as const
export type Way = (typeof ways)[number]

/** What the two ways of asking answered; null where nothing did. */
export interface Seen {
  stats: ServiceView | null
  metrics: Metrics | null
}

type Name = ObservationName<Names> | PointName<Names>

/** By name of an observation or a point: why this service lets nobody see it. */
export type Untold = Partial<Record<Name, string>>

export interface Asked {
  service: Service
  seen: Seen
  /** Whether nobody else uses the service meanwhile. */
  alone: boolean
  /** Steps that it does not understand, with the reason. */
  wrong: Readonly<Record<string, string>>
}

const sharedWithOthers =
  'others may use it, and are in its figures: its target file does not say "alone": true, that nobody else uses it'

/** Of a way of asking that the service does not offer, or does not understand; null where it answered, or could not just now. */
function whyNoAnswer(way: Way, { service, wrong }: Asked): string | null {
  if (service[way] === undefined) return `its adapter offers no ${way}`
  return Object.hasOwn(wrong, way) ? wrong[way]! : null
}

/** Why what rests on these fields of a way's answer, given with words for each, cannot be judged; undefined where all are there. */
function lacking(
  way: Way,
  wanted: Partial<Record<keyof ServiceView, string>>,
  asked: Asked,
): string | undefined {
  const why = whyNoAnswer(way, asked)
  if (why !== null) return why
  const view: ServiceView | null = asked.seen[way]
  if (view === null) return undefined
  const names = Object.keys(wanted) as (keyof ServiceView)[]
  const lacks = names.filter((name) => view[name] === undefined).map((name) => wanted[name])
  return lacks.length === 0 ? undefined : `its ${way} do not tell the number of ${lacks.join(', and of ')}`
}

/** Only of what both ways tell can anybody see whether they say the same. */
function whyNotSame(asked: Asked): string | undefined {
  const { stats, metrics } = asked.seen
  for (const way of ways) {
    const why = whyNoAnswer(way, asked)
    if (why !== null) return why
  }
  if (stats === null || metrics === null) return undefined
  return comparable(stats, metrics).length > 0
    ? undefined
    : 'its stats and its metrics have no figure in common'
}

/** The figures that both tell. */
export function comparable(one: Figures, other: Figures): (keyof Figures)[] {
  const all = ['requests', 'claims', 'errors', 'refused', 'hits', 'misses', 'evictions'] as const
  return all.filter((figure) => one[figure] !== undefined && other[figure] !== undefined)
}

/** Times of work on a hit come with the first one: a service that has none at all does not tell them. */
function whyNoSpeedup(asked: Asked): string | undefined {
  const why = whyNoAnswer('metrics', asked)
  if (why !== null) return why
  const { metrics } = asked.seen
  if (metrics === null || metrics.hitMedianUs !== undefined || metrics.missMedianUs !== undefined)
    return undefined
  return 'its metrics do not tell how long the work on hits and on misses takes'
}

/** Whether anything counts hits that a caller's own count can be held against: without, only the service's word says what is one. */
const countsHits = ({ seen: { stats, metrics }, service }: Asked): boolean =>
  (stats?.hits ?? metrics?.hits) !== undefined ||
  // One that just did not answer may count them.
  (service.stats !== undefined && stats === null) ||
  (service.metrics !== undefined && metrics === null)

export function untold(asked: Asked): Untold {
  const { service, alone } = asked
  const found: Untold = {}
  const add = (name: Name, why: string | undefined): void => {
    if (why !== undefined) found[name] ??= why
  }
  if (!service.tellsClaims) add('own-answer', 'its answers do not tell which claims are in a text')
  if (!countsHits(asked))
    add('cached', 'it counts no hits, and what it calls a hit in an answer is its own word alone')
  for (const way of ways)
    for (const figure of figureNames)
      add(`${way}-${figure}`, lacking(way, { [figure]: figures[figure] }, asked))
  const cache = { hits: 'hits', claims: 'texts', cacheSize: 'answers that its cache holds' }
  add('hit-theory', lacking('stats', cache, asked))
  const batches = {
    batchSize: 'texts that it may work on in one go',
    largestBatch: 'texts that it worked on in one go',
  }
  add('batch-size', lacking('stats', batches, asked))
  const waiting = { accepted: 'texts that it accepted', claims: 'texts', queue: 'texts that wait' }
  const account = lacking('stats', { ...waiting, queueLimit: 'texts that may wait' }, asked)
  for (const name of ['queue-account', 'queue-empty'] as const) add(name, account)
  add('speedup', whyNoSpeedup(asked))
  add('same-figures', whyNotSame(asked))
  if (alone) return found
  for (const way of ways) for (const figure of figureNames) add(`${way}-${figure}`, sharedWithOthers)
  for (const name of ['hit-theory', 'same-figures'] as const) add(name, sharedWithOthers)
  return found
}
