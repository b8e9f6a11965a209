// The chain's HTTP side: toncenter's API v2, and the routes with which a test makes its weather.
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { Address, beginCell, comment, storeMessage } from '@ton/core'
import { internal } from '@ton/sandbox'
import { Counter, collectDefaultMetrics, type Registry } from 'prom-client'
import { bearerCheck } from '../service/bearer.ts'
import { addGauge } from '../service/http.ts'
import { keepAliveMs } from '../service/program.ts'
import type { Chain } from './chain.ts'
import type { Disturbance, DisturbanceState } from './disturbance.ts'
import { knownBlocks, type History } from './history.ts'
import { apiMethods, type Method } from './methods.ts'
import { ApiError, address, integer, type Parameters } from './parameters.ts'
import type { VirtualMachine } from './virtual-machine.ts'

export interface ChainAppOptions {
  chain: Chain
  history: History
  machine: VirtualMachine
  disturbance: Disturbance
  blockMs: number
  controlToken: string
  log: FastifyBaseLogger
  registry: Registry
}

/** From where money comes that no account of the chain had. */
const giver = new Address(0, Buffer.alloc(32))

export async function createChainApp(options: ChainAppOptions): Promise<FastifyInstance> {
  const { log, disturbance } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    keepAliveTimeout: keepAliveMs,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  })
  app.setErrorHandler(async (cause, request, reply) => {
    const { code, error } = errorOf(cause)
    if (code === 500 && !(cause instanceof ApiError)) request.log.error({ err: cause }, 'the request failed')
    return reply.status(code).send({ ok: false, error, code, ...rpcOf(request.body) })
  })
  app.setNotFoundHandler(async () => {
    throw new ApiError(404, 'no such path')
  })
  addApi(app, options)
  addControl(app, options)
  addMetrics(app, options)
  app.get('/health/live', async () => ({ status: 'live' }))
  app.get('/health/ready', async (_request, reply) => {
    if (disturbance.isUnavailable) reply.status(503)
    return { status: disturbance.isUnavailable ? 'not_ready' : 'ready' }
  })
  await app.ready()
  return app
}

function errorOf(cause: unknown): { code: number; error: string } {
  if (cause instanceof ApiError) return { code: cause.code, error: cause.message }
  const { statusCode, message, validation } = cause as {
    statusCode?: number
    message: string
    validation?: unknown
  }
  if (validation !== undefined) return { code: 422, error: message }
  if (statusCode !== undefined && statusCode < 500) return { code: statusCode, error: message }
  return { code: 500, error: 'internal error' }
}

/** What a JSON-RPC answer repeats of its request. */
function rpcOf(body: unknown): { id?: unknown; jsonrpc?: unknown } {
  const { id, jsonrpc } = (body ?? {}) as { id?: unknown; jsonrpc?: unknown }
  return { ...(id === undefined ? {} : { id }), ...(jsonrpc === undefined ? {} : { jsonrpc }) }
}

function addApi(
  app: FastifyInstance,
  { chain, history, machine, disturbance, blockMs }: ChainAppOptions,
): void {
  const seen = () => {
    const blocks = Math.min(disturbance.blocksBehind, history.height - 1)
    const utime = history.utime - Math.round((blocks * blockMs) / 1000)
    return { height: history.height - blocks, utime }
  }
  const { reading, all } = apiMethods({ chain, history, machine, seen })
  const call = async (methods: Map<string, Method>, name: unknown, parameters: unknown) => {
    if (disturbance.isUnavailable) throw new ApiError(503, 'the network is unavailable')
    const method = methods.get(String(name))
    if (!method) throw new ApiError(404, `no such method: ${String(name)}`)
    return { ok: true, result: await method((parameters ?? {}) as Parameters) }
  }
  const named = { params: { type: 'object', properties: { method: { type: 'string' } } } }
  const rpc = { body: { type: 'object', required: ['method'], properties: { method: { type: 'string' } } } }
  app.post<{ Body: { method: string; params?: unknown } }>(
    '/api/v2/jsonRPC',
    { schema: rpc },
    async ({ body }) => ({ ...(await call(all, body.method, body.params)), ...rpcOf(body) }),
  )
  app.post<{ Params: { method: string } }>('/api/v2/:method', { schema: named }, ({ params, body }) =>
    call(all, params.method, body),
  )
  app.get<{ Params: { method: string } }>('/api/v2/:method', { schema: named }, ({ params, query }) =>
    call(reading, params.method, query),
  )
}

const seconds = { type: 'number', minimum: 0, maximum: 86_400 }
const stateSchema = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    unavailable: seconds,
    stalled: seconds,
    behind: {
      type: 'object',
      additionalProperties: false,
      required: ['blocks', 'seconds'],
      properties: { blocks: { type: 'integer', minimum: 0, maximum: knownBlocks - 1 }, seconds },
    },
    drop: { type: 'integer', minimum: 0, maximum: 1_000_000 },
  },
}
const fundSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['address', 'nanoton'],
  properties: { address: { type: 'string' }, nanoton: { type: 'string', pattern: '^[1-9]\\d{0,17}$' } },
}

function addControl(app: FastifyInstance, { chain, disturbance, controlToken, log }: ChainAppOptions): void {
  const isAllowed = bearerCheck(controlToken)
  app.register(async (control) => {
    control.addHook('onRequest', async ({ headers }) => {
      if (!isAllowed(headers.authorization)) throw new ApiError(401, 'the bearer token is missing or wrong')
    })
    control.get('/testbed/state', async () => disturbance.get())
    control.post<{ Body: Partial<DisturbanceState> }>(
      '/testbed/state',
      { schema: { body: stateSchema } },
      async ({ body }) => {
        disturbance.set(body)
        log.info({ state: body }, 'disturbance set')
        return disturbance.get()
      },
    )
    control.post<{ Body: Parameters }>(
      '/testbed/fund',
      { schema: { body: fundSchema } },
      async ({ body }) => {
        const to = address(body)
        const value = integer(body, 'nanoton')
        const money = internal({ from: giver, to, value, bounce: false, body: comment('fund') })
        chain.grant(beginCell().store(storeMessage(money)).endCell())
        return { ok: true }
      },
    )
  })
}

function addMetrics(app: FastifyInstance, { chain, history, registry }: ChainAppOptions): void {
  collectDefaultMetrics({ register: registry })
  addGauge(registry, 'chain_height', 'The newest masterchain block', () => history.height)
  addGauge(registry, 'chain_mempool_messages', 'Messages that wait for a block', () => chain.mempoolSize)
  addGauge(registry, 'chain_transactions', 'Transactions in all blocks', () => history.transactionCount)
  new Counter({
    name: 'chain_messages_dropped_total',
    help: 'Messages that were taken from the mempool and left no trace',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries(chain.dropped)) this.inc({ reason }, count)
    },
  })
  app.get('/metrics', async (_request, reply) => {
    return reply.type(registry.contentType).send(await registry.metrics())
  })
}
