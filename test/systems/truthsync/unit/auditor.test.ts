// What the auditor makes of the service's figures: its hit rate against theory, and its batches against their size.
import { beforeEach, expect, test, vi } from 'vitest'
import type { PlannedPhase } from '../../../../lib/plan/plan.ts'
import { worldOf, type Answers } from './fake-world.ts'

beforeEach(() => void vi.resetModules())

/** A service at 1,000 texts a second, of which so many are hits, with a cache of this size. */
function figures(hitRate: number, other: Record<string, number> = {}): Answers {
  let looks = 0
  return () => {
    const texts = 1000 * looks++
    return {
      json: {
        total_requests: texts,
        total_claims: texts,
        errors: 0,
        refused: 0,
        cache_hits: hitRate * texts,
        cache_misses: (1 - hitRate) * texts,
        cache_hit_rate: hitRate,
        cache_entries: 5,
        cache_evictions: 0,
        cache_size: 5,
        cache_ttl_seconds: 1000,
        batch_size: 100,
        largest_batch: 100,
        accepted_claims: texts + 3,
        batch_queue_size: 3,
        queue_limit: 10,
        ...other,
      },
    }
  }
}

async function toldOf(answers: Answers, phases?: PlannedPhase[]) {
  const { auditor } = await import('../../../../systems/truthsync/auditor.ts')
  // Ten claims that are asked for equally often.
  const { world, told } = worldOf(answers, phases === undefined ? {} : { phases })
  auditor(world)
  return told
}

test('looks once a second, and tells the queue and the cache', async () => {
  const { points, observed } = await toldOf(figures(0.5))
  expect(points).toMatchObject({ queue: Array(60).fill(3), 'cache-entries': Array(60).fill(5) })
  expect(observed['batch-size']).toEqual(Array(60).fill(null))
})

test('expects half of the texts of a cache that holds half of the claims, and no more', async () => {
  const { observed, shown } = await toldOf(figures(0.49))
  expect(observed['hit-theory']).toEqual([null])
  // Both are told where they agree, too.
  const words = '49.0 % came from the cache, and 50.0 % is expected of 5 entries'
  expect(shown).toEqual({ 'hit-theory': words, cached: words })
  for (const rate of [0.45, 0.6])
    expect((await toldOf(figures(rate))).observed['hit-theory']).toEqual([
      `${(100 * rate).toFixed(1)} % came from the cache, and 50.0 % is expected of 5 entries`,
    ])
})

test('says nothing of a hit rate of few texts, nor where the size of the cache is not known', async () => {
  expect((await toldOf(figures(0.9, { total_claims: 50 }))).observed['hit-theory']).toBeUndefined()
})

test('says where more texts were worked on in one go than may be', async () => {
  const { observed } = await toldOf(figures(0.5, { largest_batch: 101 }))
  expect(observed['batch-size']![0]).toBe('101 texts in one go, and BATCH_SIZE is 100')
})

test.each<[string, Record<string, number>, string]>([
  [
    'is not what it accepted less what it verified',
    { total_claims: 40, accepted_claims: 45, batch_queue_size: 4 },
    'it shows 4 texts that wait; it accepted 45 and verified 40, which leaves 5',
  ],
  [
    'is longer than it may be',
    { total_claims: 40, accepted_claims: 51, batch_queue_size: 11 },
    '11 texts wait, and its limit is 10',
  ],
])('says where the queue %s', async (_, shown, what) => {
  expect((await toldOf(figures(0.5, shown))).observed['queue-account']![0]).toBe(what)
  expect((await toldOf(figures(0.5))).observed['queue-account']).toEqual(Array(60).fill(null))
})

test('waits after a spike until the queue is as short as it was before', async () => {
  const phases = [
    { name: 'before', kind: 'normal', start: 0, end: 10 },
    { name: 'crest', kind: 'peak', start: 10, end: 20 },
    { name: 'after', kind: 'recovery', start: 20, end: 60 },
  ] as PlannedPhase[]
  /** So many texts wait by second of the run. */
  const queued = (waiting: (second: number) => number): Answers => {
    const answers = figures(0.5)
    let second = 0
    return (step, exchange) => {
      const { json } = answers(step, exchange) as { json: { total_claims: number } }
      const queue = waiting(second++)
      return { json: { ...json, accepted_claims: json.total_claims + queue, batch_queue_size: queue } }
    }
  }
  const calmFrom = (calm: number) => queued((second) => (second < 10 ? 2 : second < calm ? 9 : 1))
  // The second look in a row that finds it so ends the wait.
  expect((await toldOf(calmFrom(25), phases)).back).toEqual({ 'queue-empty': [6] })
  expect((await toldOf(calmFrom(99), phases)).back).toEqual({ 'queue-empty': [null] })
})
