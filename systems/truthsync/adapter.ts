// The contract of api.ts, as requests and as checks of the fields that the actors need.
import type { Exchange } from '../../lib/drive/actor.ts'
import { fields, misfit } from '../../lib/drive/fields.ts'
import type { Stats } from './api.ts'
import { batchItems } from './contract-values.ts'
import { readMetrics } from './metrics.ts'
import type { Item, Metrics, Service, ServiceView, Verified } from './service.ts'

/** Each field is read once: most requests of a run come here, and a look at an object of k6's own is a call out of JavaScript. */
function readVerified(json: unknown): Verified {
  if (typeof json !== 'object' || json === null) misfit('the answer', 'an object', json)
  const { claims, confidence, cache_hit: isHit } = json as Record<string, unknown>
  if (!Array.isArray(claims)) misfit('claims', 'a list', claims)
  if (typeof confidence !== 'number') misfit('confidence', 'a number', confidence)
  if (typeof isHit !== 'boolean') misfit('cache_hit', 'a boolean', isHit)
  const count = claims.length
  const first: unknown = count > 0 ? claims[0] : null
  if (count > 0 && typeof first !== 'string') misfit('claims[0]', 'a string', first)
  return { first: first as string | null, claims: count, confidence, isHit }
}

function readItem(json: unknown): Item {
  const { error, index } = (json ?? {}) as { error?: { message?: unknown }; index?: unknown }
  if (error === undefined) return readVerified(json)
  if (typeof index !== 'number') misfit('index', 'a number', index)
  return { index, why: String(error.message) }
}

/** As many answers as items: whichever is missing, nobody knows whose the others are. */
function readBatch(json: unknown, items: number): Item[] {
  if (!Array.isArray(json)) misfit('the answer', 'a list', json)
  if (json.length !== items) misfit('the answer', `a list of ${items}`, json)
  const read: Item[] = []
  for (let index = 0; index < items; index++) read.push(readItem(json[index]))
  return read
}

const statsOf = fields<Stats>({
  total_requests: 'number',
  accepted_claims: 'number',
  total_claims: 'number',
  errors: 'number',
  refused: 'number',
  cache_hits: 'number',
  cache_misses: 'number',
  cache_hit_rate: 'number',
  cache_entries: 'number',
  cache_evictions: 'number',
  cache_size: 'number',
  cache_ttl_seconds: 'number',
  batch_size: 'number',
  largest_batch: 'number',
  batch_queue_size: 'number',
  queue_limit: 'number',
})

function readStats(json: unknown): ServiceView {
  const stats = statsOf(json)
  return {
    requests: stats.total_requests,
    claims: stats.total_claims,
    errors: stats.errors,
    refused: stats.refused,
    hits: stats.cache_hits,
    misses: stats.cache_misses,
    hitRate: stats.cache_hit_rate,
    entries: stats.cache_entries,
    evictions: stats.cache_evictions,
    cacheSize: stats.cache_size,
    ttlSeconds: stats.cache_ttl_seconds,
    batchSize: stats.batch_size,
    largestBatch: stats.largest_batch,
    accepted: stats.accepted_claims,
    queue: stats.batch_queue_size,
    queueLimit: stats.queue_limit,
  }
}

const healthy = fields<{ status: string }>({ status: 'string' })
const expect = [200]

const health: Exchange<true> = {
  method: 'GET',
  path: '/health',
  expect,
  read: (json) => (healthy(json).status === 'healthy' ? true : misfit('status', '"healthy"', json)),
}
const stats: Exchange<ServiceView> = { method: 'GET', path: '/stats', expect, read: readStats }
const metrics: Exchange<Metrics> = {
  method: 'GET',
  path: '/metrics',
  expect,
  // What is no JSON is a text.
  read: (text) => readMetrics(text),
}

export const adapter = (): Service => ({
  verify: (text) => ({ method: 'POST', path: '/verify', body: { text }, expect, read: readVerified }),
  batch: (texts) => ({
    method: 'POST',
    path: '/verify/batch',
    body: texts.map((text) => ({ text })),
    expect,
    read: (json) => readBatch(json, texts.length),
  }),
  batchMost: batchItems.most,
  health: () => health,
  stats: () => stats,
  metrics: () => metrics,
  tellsClaims: true,
  sparesOthers: true,
})
