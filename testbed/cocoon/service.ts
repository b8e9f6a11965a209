// What every HTTP service of the pool has: JSON logs, a correlation id, one error shape, health, metrics, an orderly end.
import { randomUUID } from 'node:crypto'
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify'
import { Counter, Gauge, Histogram, collectDefaultMetrics, type Registry } from 'prom-client'
import type { Ready } from '../../systems/cocoon/api.ts'
import type { Database } from './database.ts'
import type { Step } from './defect.ts'
import { PoolError, asPoolError, errorAnswer } from './errors.ts'
import { keepAliveMs } from '../service.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The kind of request, for metrics and logs. */
    step?: Step
    /** Whose bearer token the request must carry. */
    bearer?: 'enrol' | 'client' | 'worker'
  }
  interface FastifyRequest {
    /** The worker that the token proved. */
    workerId: string | null
    startedAt: number
  }
}

/** A request that took longer is logged even where its kind is not; polls wait by design. */
const slowMs = 250
const notLoggedWhenGood: readonly (Step | undefined)[] = ['heartbeat', 'poll', 'status', 'stats', undefined]

export interface ServiceOptions {
  log: FastifyBaseLogger
  registry: Registry
}

/** A Fastify instance with everything that does not depend on what the service is for. */
export function createService({ log, registry }: ServiceOptions): FastifyInstance {
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'correlation_id' }),
    genReqId: (request) => correlationId(request.headers['x-correlation-id']),
    bodyLimit: 64 * 1024,
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true } },
  })
  app.decorateRequest('workerId', null)
  app.decorateRequest('startedAt', 0)
  app.addHook('onRequest', async (request, reply) => {
    request.startedAt = performance.now()
    reply.header('x-correlation-id', request.id)
  })
  app.setErrorHandler(async (cause, request, reply) => {
    const error = asPoolError(cause)
    if (error.code === 'internal' && error !== cause) request.log.error({ err: cause }, 'the request failed')
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds))
    return reply.status(error.status).send(errorAnswer(error, request.id))
  })
  answerUnknownPaths(app)
  observeRequests(app, registry)
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
    if (allowed.length === 0) throw new PoolError('not_found', 'no such path')
    reply.header('allow', [...new Set(allowed)].sort().join(', '))
    throw new PoolError('method_not_allowed')
  })
}

function observeRequests(app: FastifyInstance, registry: Registry): void {
  collectDefaultMetrics({ register: registry })
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from a request to the end of its answer',
    labelNames: ['step', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
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
    logRequest(request, reply.statusCode, ms)
  })
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}

function logRequest(request: FastifyRequest, status: number, ms: number): void {
  const { step } = request.routeOptions.config
  const isSlow = ms > slowMs && step !== 'poll'
  const level = status >= 500 ? 'error' : isSlow ? 'warn' : 'info'
  if (status < 400 && !isSlow && notLoggedWhenGood.includes(step)) return
  const path = request.url.split('?', 1)[0]
  request.log[level](
    { method: request.method, path, step, status, ms: Math.round(ms * 10) / 10 },
    status >= 400 ? 'request refused or failed' : isSlow ? 'slow request' : 'request',
  )
}

/** /health/live says that the process serves; /health/ready that it can do its work. */
export function addHealth(app: FastifyInstance, database: Database, defects: string[]): void {
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
    ...about('ready', 'Whether the pool can do its work, and which defects are planted in it'),
    response: { 200: json('It can', { $ref: 'Ready#' }), 503: json('It cannot', { $ref: 'Ready#' }) },
  }
  app.get('/health/live', { schema: liveSchema }, async () => ({ status: 'live' }))
  app.get('/health/ready', { schema: readySchema }, async (_request, reply): Promise<Ready> => {
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
