// What the first requests find that a service can report, and what the last ones say of its figures.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { honest, worldOf, type Answers } from './fake-world.ts'

beforeEach(() => void vi.resetModules())
const load = () => import('../../../../systems/truthsync/late/preflight.ts')

const stats = {
  total_requests: 20,
  total_claims: 40,
  errors: 0,
  refused: 0,
  cache_hits: 10,
  cache_misses: 30,
  cache_hit_rate: 0.25,
  cache_entries: 30,
  cache_evictions: 0,
  cache_size: 4000,
  cache_ttl_seconds: 300,
  batch_size: 1000,
  largest_batch: 9,
  accepted_claims: 40,
  batch_queue_size: 0,
  queue_limit: 10_000,
}
const metricsOf = (names: Record<string, number>): string =>
  Object.entries(names)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
const metrics = {
  truthsync_requests_total: 20,
  truthsync_claims_total: 40,
  truthsync_errors_total: 0,
  truthsync_refused_total: 0,
  truthsync_cache_hits_total: 10,
  truthsync_cache_misses_total: 30,
  truthsync_cache_evictions_total: 0,
  'truthsync_verification_seconds_bucket{le="0.000002",cache="hit"}': 10,
  'truthsync_verification_seconds_bucket{le="+Inf",cache="hit"}': 10,
  'truthsync_verification_seconds_bucket{le="0.00001",cache="miss"}': 0,
  'truthsync_verification_seconds_bucket{le="0.00003",cache="miss"}': 30,
  'truthsync_verification_seconds_bucket{le="+Inf",cache="miss"}': 30,
}

const service =
  (own: Record<string, number> = metrics): Answers =>
  (step, exchange) => {
    if (exchange.path === '/stats') return { json: stats }
    return exchange.path === '/metrics' ? { json: metricsOf(own) } : honest()(step, exchange)
  }

describe('the first requests', () => {
  test('find nothing missing in a service that tells all, and tell its figures last', async () => {
    const { world, told } = worldOf(service())
    const { preflight } = await load()
    expect(preflight(world)).toMatchObject({ missing: [], problems: [], reached: true })
    expect(told.points).toMatchObject({
      'stats-requests': [20],
      'metrics-requests': [20],
      'metrics-hits': [10],
    })
    expect(told.sent.at(-1)!.path).toBe('/metrics')
  })

  test('name the figures that /metrics does not have', async () => {
    const { truthsync_errors_total: _, ...others } = metrics
    const { world } = worldOf(service(others))
    const { preflight } = await load()
    expect(preflight(world).missing).toEqual(['metrics-errors'])
  })

  test('send no more where nobody answers', async () => {
    const { world, told } = worldOf(() => ({ status: 0, json: null }))
    const { preflight } = await load()
    expect(preflight(world).reached).toBe(false)
    expect(new Set(told.sent.map(({ path }) => path))).toEqual(new Set(['/verify']))
  })
})

describe('in the end', () => {
  test('both ways of asking say the same, and a miss costs so many times a hit', async () => {
    const { world, told } = worldOf(service())
    const { leftovers } = await load()
    expect(leftovers(world)).toEqual([])
    expect(told.observed['same-figures']).toEqual([null])
    expect(told.values['speedup']![0]).toBeCloseTo(20)
  })

  test('a difference between the two is named', async () => {
    const { world, told } = worldOf(service({ ...metrics, truthsync_cache_hits_total: 11 }))
    const { leftovers } = await load()
    leftovers(world)
    expect(told.observed['same-figures']).toEqual(['hits: 10 by /stats, 11 by /metrics'])
  })
})
