// What every HTTP service of a testbed has: JSON logs, a correlation id, one error shape, health, metrics, an orderly end.
import { randomUUID } from 'node:crypto'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify'
// For its word on routes that no document shows.
import type {} from '@fastify/swagger'
import { Counter, Gauge, Histogram, collectDefaultMetrics, type Registry } from 'prom-client'
import type { Database } from './database.ts'
import { asServiceError, commonError, errorAnswer } from './errors.ts'
import { keepAliveMs } from './program.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The kind of request, for metrics and logs. */
    step?: string
  }
  interface FastifyRequest {
    startedAt: number
  }
}

/** A request that took longer is logged even where its kind is not. */
const slowMs = 250

export interface ServiceOptions {
  log: FastifyBaseLogger
  registry: Registry
  /** Kinds of requests that come so often that good ones are not logged; a request of no kind is not logged either. */
  frequent: readonly string[]
  /** Kinds of requests that wait by design, and are never slow. */
  waiting: readonly string[]
  /**
   * Upper bounds, in seconds and ascending, of the buckets in which durations of requests are counted. Left out: from 5 ms to
   * 30 s, too coarse for a service that answers in less.
   */
  buckets?: readonly number[]
  /** Most bytes of a request's body; 64 KiB when left out. */
  bodyLimit?: number
}

const usualBodyLimit = 64 * 1024
const usualBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30]

/**
 * A Fastify instance with everything that does not depend on what the service is for.
 * @throws Error where the buckets are not ascending numbers over 0: a duration would be counted in the wrong one.
 */
export function createService({
  log,
  registry,
  frequent,
  waiting,
  buckets = usualBuckets,
  bodyLimit = usualBodyLimit,
}: ServiceOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlation_id' }),
    genReqId: (request) => correlationId(request.headers['x-correlation-id']),
    bodyLimit,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true } },
  })
  app.decorateRequest('startedAt', 0)
  app.addHook('onRequest', async (request, reply) => {
    request.startedAt = performance.now()
    reply.header('x-correlation-id', request.id)
  })
  app.setErrorHandler(async (cause, request, reply) => {
    const error = asServiceError(cause)
    if (error.code === 'internal' && error !== cause) request.log.error({ err: cause }, 'the request failed')
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    return reply.status(error.status).send(errorAnswer(error, request.id))
  })
  answerUnknownPaths(app)
  observeRequests(app, registry, { frequent, waiting, buckets })
  return app
}

function correlationId(given: string | string[] | undefined): string {
  return typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

/** 405 with Allow where the path exists for another method, else 404; both in the common shape. */
function answerUnknownPaths(app: FastifyInstance): void {
  const paths = new Map<string, { pattern: RegExp; methods: Set<string> }>()
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`)
    const path = paths.get(url) ?? { pattern, methods: new Set() }
    for (const each of [method].flat()) path.methods.add(each)
    paths.set(url, path)
  })
  app.setNotFoundHandler(async (request, reply) => {
    const asked = request.url.split('?', 1)[0] ?? ''
    const allowed = [...paths.values()]
      .filter(({ pattern }) => pattern.test(asked))
      .flatMap((path) => [...path.methods])
    if (allowed.length === 0) throw commonError('not_found')
    reply.header('allow', [...new Set(allowed)].sort().join(', '))
    throw commonError('method_not_allowed')
  })
}

function observeRequests(
  app: FastifyInstance,
  registry: Registry,
  { buckets, ...kinds }: Kinds & { buckets: readonly number[] },
): void {
  if (!buckets.every((bound, index) => bound > (buckets[index - 1] ?? 0)))
    throw new Error(`the buckets must be ascending seconds over 0, and are ${buckets.join(', ')}`)
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['step', 'status'],
    buckets: [...buckets],
    registers: [registry],
  })
  const requests = new Counter({
    name: 'http_requests_total',
    help: 'Requests answered',
    labelNames: ['step', 'status'],
    registers: [registry],
  })
  app.addHook('onResponse', async (request, reply) => {
    const { step } = request.routeOptions.config
    const ms = performance.now() - request.startedAt
    if (step) {
      duration.observe({ step, status: reply.statusCode }, ms / 1000)
      requests.inc({ step, status: reply.statusCode })
    }
    logRequest(request, reply.statusCode, ms, kinds)
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

type Kinds = Pick<ServiceOptions, 'frequent' | 'waiting'>

function logRequest(request: FastifyRequest, status: number, ms: number, { frequent, waiting }: Kinds): void {
  const { step } = request.routeOptions.config
  const isSlow = ms > slowMs && !waiting.includes(step ?? '')
  const level = status >= 500 ? 'error' : isSlow ? 'warn' : 'info'
  if (status < 400 && !isSlow && (step === undefined || frequent.includes(step))) return
  const path = request.url.split('?', 1)[0]
  request.log[level](
    { method: request.method, path, step, status, ms: Math.round(ms * 10) / 10 },
    status >= 400 ? 'request refused or failed' : isSlow ? 'slow request' : 'request',
  )
}

/** Whether a service can do its work, and which planted defects are switched on in it: empty in an honest one. */
interface Readiness {
  status: 'ready' | 'not_ready'
  checks: Record<string, boolean>
  defects: string[]
}

/** What readiness looks like, for services whose contract does not say it. */
const usualReadiness = {
  type: 'object',
  properties: {
    status: { enum: ['ready', 'not_ready'] },
    checks: { type: 'object', additionalProperties: { type: 'boolean' } },
    defects: { type: 'array', items: { type: 'string' } },
  },
  required: ['status', 'checks', 'defects'],
}

/**
 * /health/live says that the process serves; /health/ready that it can do its work.
 * @param database null for a service that needs none
 */
export function addHealth(
  app: FastifyInstance,
  database: Pick<Database, 'answers'> | null,
  defects: string[],
  {
    schema = usualReadiness,
    summary = 'Whether the service can do its work, and which defects are planted in it',
  }: { schema?: object; summary?: string } = {},
): void {
  const live = { type: 'object', properties: { status: { const: 'live' } }, required: ['status'] }
  const about = (id: string, summary: string) => ({
    operationId: id,
    summary,
    tags: ['health'],
    security: [],
  })
  const json = (description: string, schema: object) => ({
    description,
    content: { 'application/json': { schema } },
  })
  const liveSchema = {
    ...about('live', 'Whether the process serves'),
    response: { 200: json('It does', live) },
  }
  const readySchema = {
    ...about('ready', summary),
    response: { 200: json('It can', schema), 503: json('It cannot', schema) },
  }
  app.get('/health/live', { schema: liveSchema }, async () => ({ status: 'live' }))
  app.get('/health/ready', { schema: readySchema }, async (_request, reply): Promise<Readiness> => {
    if (database === null) return { status: 'ready', checks: {}, defects }
    const answers = await database.answers(1_000)
    if (!answers) reply.status(503).header('retry-after', '1')
    return { status: answers ? 'ready' : 'not_ready', checks: { database: answers }, defects }
  })
}

/** A metric whose value is looked up when somebody asks for it. */
export function addGauge(registry: Registry, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value())
    },
  })
}

/** The gauge that says how many connections this process holds. */
export const addDatabaseGauge = (registry: Registry, database: Database): void =>
  addGauge(registry, 'database_connections', 'Connections that this process holds to the database', () =>
    database.connections(),
  )

/** What the names of a service's database sessions begin with; of a testbed it holds the testbed's own id. */
export const sessionPrefix = (): string => process.env['DATABASE_SESSIONS'] ?? 'assay-'
