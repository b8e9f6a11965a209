// The service's HTTP side: what it takes, what it answers, what it counts.
import swagger from '@fastify/swagger'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import {
  batchItems,
  textLength,
  type BatchAnswer,
  type ItemError,
  type Ready,
  type Stats,
  type VerifyRequest,
} from '../../systems/truthsync/api.ts'
import { ServiceError } from '../service/errors.ts'
import { createService } from '../service/http.ts'
import { seededRandom } from '../service/random.ts'
import { AnswerCache } from './answer-cache.ts'
import type { Defect } from './defect.ts'
import { Disturbance } from './disturbance.ts'
import { addMetrics, durationBuckets } from './service-metrics.ts'
import { addContractSchemas, openapiOptions, operations } from './schemas.ts'
import { VerificationQueue } from './verification-queue.ts'

export interface VerifierOptions {
  log: FastifyBaseLogger
  registry: Registry
  batchSize: number
  cacheSize: number
  cacheTtlSeconds: number
  queueLimit: number
  defects: Defect[]
  defectNames: string[]
  seed: number
}

const version = '1.0.0'
/** So long a client that was refused is asked to wait, in seconds. */
const retrySeconds = 1
/** Over this share of the queue's limit the service calls itself not ready. */
const readyShare = 0.9
/** A batch of the longest texts, each character of which takes four bytes, or six where it is escaped. */
const mostBytes = 2 * batchItems.most * textLength.most * 6

const unprocessable = (message: string, details?: unknown): ServiceError =>
  new ServiceError('unprocessable', 422, message, { details })
const expected = `a text of ${textLength.least} to ${textLength.most} characters is expected`

/** Whether it is a text of as many characters as may be. */
function isText(text: unknown): text is string {
  if (typeof text !== 'string' || text.length < textLength.least) return false
  return text.length <= textLength.most || [...text].length <= textLength.most
}

/** Requests to /verify and /verify/batch, by what became of them. */
class Counted {
  requests = 0
  errors = 0
  refused = 0

  count(status: number): void {
    this.requests++
    if (status === 429 || status === 503) this.refused++
    else if (status >= 500) this.errors++
  }
}

export async function createVerifier(options: VerifierOptions): Promise<FastifyInstance> {
  const { log, registry, defects } = options
  const app = createService({
    log,
    registry,
    frequent: ['verify', 'batch', 'health', 'stats'],
    waiting: [],
    buckets: durationBuckets,
    bodyLimit: mostBytes,
  })
  const cacheSize = defects.reduce((size, defect) => defect.cacheSize?.(size) ?? size, options.cacheSize)
  const cache = new AnswerCache({ size: cacheSize, ttlSeconds: options.cacheTtlSeconds })
  const counted = new Counted()
  const stats = (): Stats => {
    const { hits, misses } = queue
    const told: Stats = {
      total_requests: counted.requests,
      accepted_claims: queue.accepted,
      total_claims: hits + misses,
      errors: counted.errors,
      refused: counted.refused,
      cache_hits: hits,
      cache_misses: misses,
      cache_hit_rate: hits + misses === 0 ? 0 : hits / (hits + misses),
      cache_entries: cache.entries,
      cache_evictions: cache.evictions,
      cache_size: options.cacheSize,
      cache_ttl_seconds: options.cacheTtlSeconds,
      batch_size: options.batchSize,
      largest_batch: queue.largestBatch,
      batch_queue_size: queue.waiting,
      queue_limit: options.queueLimit,
    }
    return defects.reduce((shown, { onStats }) => onStats?.(shown) ?? shown, told)
  }
  const metrics = addMetrics(registry, stats)
  if (defects.some(({ freezesMetrics }) => freezesMetrics)) freeze(registry)
  const queue = new VerificationQueue({
    cache,
    batchSize: options.batchSize,
    limit: options.queueLimit,
    defects,
    onText: metrics.observeText,
  })
  addContractSchemas(app)
  await app.register(swagger, openapiOptions)
  app.addHook('onResponse', async (request, reply) => {
    const { step } = request.routeOptions.config
    // A connection that is closed without an answer has none.
    if ((step !== 'verify' && step !== 'batch') || !reply.raw.headersSent) return
    counted.count(reply.statusCode)
    metrics.observeRequest(step, (performance.now() - request.startedAt) / 1000)
  })
  if (defects.length > 0) new Disturbance(defects, seededRandom(options.seed)).plant(app)
  addRoutes(app, { queue, defects, stats, options })
  await app.ready()
  return app
}

/** /metrics stays as it is when it is asked for first: a planted defect. */
function freeze(registry: Registry): void {
  const { metrics } = registry
  let frozen: Promise<string> | undefined
  registry.metrics = () => (frozen ??= metrics.call(registry))
}

interface Parts {
  queue: VerificationQueue
  defects: readonly Defect[]
  stats: () => Stats
  options: VerifierOptions
}

function addRoutes(app: FastifyInstance, parts: Parts): void {
  const { stats, options } = parts
  const steps = { verify: { step: 'verify' }, batch: { step: 'batch' } }
  app.post<{ Body: VerifyRequest }>(
    '/verify',
    { schema: operations.verify, config: steps.verify, attachValidation: true },
    (request) => verifyOne(request, parts),
  )
  app.post<{ Body: unknown[] }>(
    '/verify/batch',
    { schema: operations.batch, config: steps.batch, attachValidation: true },
    (request, reply) => verifyBatch(request, reply, parts),
  )
  app.get('/health', { schema: operations.health, config: { step: 'health' } }, async () => ({
    status: 'healthy',
    version,
  }))
  app.get('/stats', { schema: operations.stats, config: { step: 'stats' } }, async () => stats())
  const ready = async (_request: FastifyRequest, reply: FastifyReply): Promise<Ready> => {
    const { batch_queue_size: waiting } = stats()
    const isReady = waiting <= readyShare * options.queueLimit
    if (!isReady) reply.status(503).header('retry-after', String(retrySeconds))
    return {
      status: isReady ? 'ready' : 'not_ready',
      batch_queue_size: waiting,
      defects: options.defectNames,
    }
  }
  app.get('/ready', { schema: operations.ready }, ready)
  // Where whoever starts it looks, and a balancer.
  app.get('/health/ready', { schema: { ...operations.ready, hide: true } }, ready)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}

function refuseWhereFull({ queue }: Parts, texts: number): void {
  if (queue.isFull(texts))
    throw new ServiceError('busy', 503, 'too many texts wait', { retryAfterSeconds: retrySeconds })
}

async function verifyOne(request: FastifyRequest<{ Body: VerifyRequest }>, parts: Parts) {
  if (request.validationError !== undefined) throw unprocessable(request.validationError.message)
  const { text } = request.body
  if (parts.defects.some(({ rejects }) => rejects?.(text))) throw unprocessable(expected)
  refuseWhereFull(parts, 1)
  const [answer] = await parts.queue.verify([text])
  return answer
}

async function verifyBatch(request: FastifyRequest<{ Body: unknown[] }>, reply: FastifyReply, parts: Parts) {
  if (request.validationError !== undefined) throw unprocessable(request.validationError.message)
  const { queue, defects } = parts
  const texts: string[] = []
  const bad = new Map<number, ItemError>()
  for (const [index, item] of request.body.entries()) {
    const text = (item as { text?: unknown } | null)?.text
    if (isText(text) && !defects.some(({ rejects }) => rejects?.(text))) texts.push(text)
    else bad.set(index, { index, error: { code: 'unprocessable', message: `item ${index}: ${expected}` } })
  }
  refuseWhereFull(parts, texts.length)
  const answered = texts.length === 0 ? [] : await queue.verify(texts)
  let next = 0
  const answers: BatchAnswer = request.body.map((_, index) => bad.get(index) ?? answered[next++]!)
  const told = defects.reduce((all, { onBatch }) => onBatch?.(all) ?? all, answers)
  // A schema for items of two kinds would be tried on each of them.
  return reply.type('application/json; charset=utf-8').send(JSON.stringify(told))
}
