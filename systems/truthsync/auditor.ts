// Watches the service's own figures once a second, and holds its hit rate, its batches and its queue against its settings.
import { WayBack } from '../../lib/drive/way-back.ts'
import type { PlannedPhase } from '../../lib/plan/plan.ts'
import { percent } from './data/expected-hit-rate.ts'
import { expectedHitRateIn } from './late/expected.ts'
import type { World } from './names.ts'
import { serviceOf, type ServiceView } from './service.ts'

/** So far, as a share, a hit rate may be off what is expected of its cache. */
const hitRateTolerance = 0.03
/** Texts without which a hit rate says little. */
const fewestTexts = 5_000

/** What the figures were when a phase of normal load began, and when they were seen last in it. */
interface Watched {
  phase: PlannedPhase
  first: ServiceView
  last: ServiceView
  firstAt: number
  lastAt: number
}

export function auditor(world: World): void {
  const { stats } = serviceOf(world)
  if (stats === undefined) return
  const exchange = stats()
  const wayBack = new WayBack(world, 'queue-empty', 'the queue is longer than it was before the spike')
  let usualQueue = 0
  let watched: Watched | null = null
  while (world.now() < world.data.driveSeconds) {
    const begun = world.now()
    const phase = world.phase()
    if (watched !== null && phase !== watched.phase) {
      tellHitRate(world, watched)
      watched = null
    }
    const view = world.send('figures', exchange).value
    if (view !== null) {
      tell(world, view)
      const now = world.now()
      if (phase.kind === 'normal') {
        watched = seenIn(watched, phase, view, now)
        usualQueue = Math.max(usualQueue, view.queue ?? 0)
      }
    }
    wayBack.see(world.now(), view?.queue !== undefined && view.queue <= usualQueue)
    world.sleep(Math.max(0, 1 - (world.now() - begun)))
  }
  if (watched !== null) tellHitRate(world, watched)
  wayBack.tell(world.now())
}

/** What was seen of a phase, with one look more. */
function seenIn(watched: Watched | null, phase: PlannedPhase, view: ServiceView, at: number): Watched {
  const { first, firstAt } = watched ?? { first: view, firstAt: at }
  return { phase, first, firstAt, last: view, lastAt: at }
}

function tell(world: World, view: ServiceView): void {
  const { queue, entries, evictions, batchSize, largestBatch } = view
  const t = Date.now()
  if (queue !== undefined) world.point('queue', queue, t)
  if (entries !== undefined) world.point('cache-entries', entries, t)
  if (evictions !== undefined) world.point('cache-evictions', evictions, t)
  tellQueue(world, view)
  if (batchSize === undefined || largestBatch === undefined) return
  const isKept = largestBatch <= batchSize
  world.observe(
    'batch-size',
    world.phase().kind,
    isKept ? null : `${largestBatch} texts in one go, and BATCH_SIZE is ${batchSize}`,
  )
}

/** Figures of one moment: whoever was accepted and is not verified yet waits, and no more may wait than the limit says. */
function tellQueue(world: World, { accepted, claims, queue, queueLimit }: ServiceView): void {
  if (accepted === undefined || claims === undefined || queue === undefined || queueLimit === undefined)
    return
  const waiting = accepted - claims
  let wrong: string | null = null
  if (queue !== waiting)
    wrong = `it shows ${queue} texts that wait; it accepted ${accepted} and verified ${claims}, which leaves ${waiting}`
  else if (queue > queueLimit) wrong = `${queue} texts wait, and its limit is ${queueLimit}`
  world.observe('queue-account', world.phase().kind, wrong)
}

/** What came of a phase, against what is expected of a cache of the size and the age that the service shows. */
function tellHitRate(world: World, { phase, first, last, firstAt, lastAt }: Watched): void {
  const rise = (name: 'hits' | 'claims'): number => (last[name] ?? NaN) - (first[name] ?? NaN)
  const [hits, texts] = [rise('hits'), rise('claims')]
  if (!(texts >= fewestTexts) || last.cacheSize === undefined) return
  const expected = expectedHitRateIn(world, {
    cacheSize: last.cacheSize,
    ttlAccesses: last.ttlSeconds === undefined ? Infinity : (last.ttlSeconds * texts) / (lastAt - firstAt),
  })
  const rate = hits / texts
  const isKept = Math.abs(rate - expected) <= hitRateTolerance
  const words = `${percent(rate)} came from the cache, and ${percent(expected)} is expected of ${last.cacheSize} entries`
  for (const name of ['hit-theory', 'cached'] as const) world.show(name, phase.kind, words)
  world.observe('hit-theory', phase.kind, isKept ? null : words)
}
