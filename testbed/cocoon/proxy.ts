// The balancer's work: pick a gateway that lives, pass the request on, try another one where that is safe.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { Pool, type Dispatcher } from 'undici'
import { PoolError, errorAnswer } from './errors.ts'

/** Together under two seconds: the longest time for which a gateway that hangs is still sent requests. */
const checkEveryMs = 400
const checkTimeoutMs = 1_200
/** A busy database is late now and then. */
const notReadyInRow = 2
/** Longer than the longest poll. */
const answerWithinMs = 60_000
/** Longer than clients keep an idle connection; see the gateways. */
const keepAliveMs = 180_000
const mostBytes = 256 * 1024

/** Raised before a connection stood, so that the request was certainly not sent. */
const neverSent = ['ECONNREFUSED', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** What the payout service answers. */
const paymentPaths = /^\/api\/v1\/(ledger|payouts|accounts)(\/|\?|$)/

interface Gateway {
  url: string
  pool: Pool
  isUp: boolean
  /** How often in a row it has said that it cannot do its work. */
  notReady: number
}

interface Call {
  request: IncomingMessage
  response: ServerResponse
  body: Buffer | null
  correlationId: string
  tried: Gateway[]
}

export interface ProxyOptions {
  gateways: string[]
  payout: string
  log: FastifyBaseLogger
  /** Sends to gateways that are gone as to any other: a planted defect. */
  neverMarksDown: boolean
}

export class Proxy {
  readonly #gateways: Gateway[]
  readonly #payout: Gateway
  readonly #log: FastifyBaseLogger
  readonly #server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    void this.#take(request, response)
  })
  readonly #timers: NodeJS.Timeout[] = []
  readonly #neverMarksDown: boolean

  constructor(options: ProxyOptions) {
    this.#neverMarksDown = options.neverMarksDown
    this.#gateways = options.gateways.map(openGateway)
    this.#payout = openGateway(options.payout)
    this.#log = options.log
  }

  async listen(port: number, host: string): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => this.#check(gateway)))
    for (const gateway of this.#gateways)
      this.#timers.push(setInterval(() => void this.#check(gateway), checkEveryMs))
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port, host, backlog: 4096 }, resolve)
    })
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#server.close()
    this.#server.closeAllConnections()
    await Promise.all([...this.#gateways, this.#payout].map(({ pool }) => pool.destroy()))
  }

  /** A gateway that does not answer is down at once; one that cannot do its work when it has said so several times. */
  async #check(gateway: Gateway): Promise<void> {
    const status = await gateway.pool
      .request({ path: '/health/ready', method: 'GET', signal: AbortSignal.timeout(checkTimeoutMs) })
      .then(async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      })
      .catch(() => 0)
    gateway.notReady = status === 200 || status === 0 ? 0 : gateway.notReady + 1
    if (status === 200) this.#mark(gateway, true)
    else if (status === 0 || gateway.notReady >= notReadyInRow) this.#mark(gateway, false)
  }

  #mark(gateway: Gateway, isUp: boolean): void {
    if (gateway.isUp === isUp || (!isUp && this.#neverMarksDown)) return
    gateway.isUp = isUp
    this.#log.warn({ gateway: gateway.url }, isUp ? 'the gateway is up' : 'the gateway is down')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = request.headers['x-correlation-id']
    const correlationId = typeof given === 'string' && given !== '' ? given : randomUUID()
    if (request.url === '/balancer/health') return this.#answerHealth(response)
    const call: Call = { request, response, correlationId, body: null, tried: [] }
    try {
      call.body = await readBody(request)
    } catch (error) {
      if (error instanceof PoolError) refuse(call, error)
      return
    }
    this.#send(call)
  }

  #answerHealth(response: ServerResponse): void {
    const gateways = this.#gateways.map(({ url, isUp }) => ({ url, up: isUp }))
    const status = gateways.some(({ up }) => up) ? 200 : 503
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ gateways }))
  }

  /**
   * One of those that live, at random: if they took turns, a client with the same rhythm would meet always the same one.
   * When none seems to live, any that was not tried is better than none.
   */
  #next({ request, tried }: Call): Gateway | undefined {
    if (paymentPaths.test(request.url ?? '')) return tried.length === 0 ? this.#payout : undefined
    const left = this.#gateways.filter((gateway) => !tried.includes(gateway))
    const up = left.filter((gateway) => gateway.isUp)
    const choice = up.length > 0 ? up : left
    return choice[Math.floor(Math.random() * choice.length)]
  }

  #send(call: Call): void {
    const gateway = this.#next(call)
    if (!gateway) {
      refuse(call, new PoolError('not_ready', 'no gateway can be reached', { retryAfterSeconds: 1 }))
      return
    }
    call.tried.push(gateway)
    const { request, response, body } = call
    const options: Dispatcher.DispatchOptions = {
      path: request.url ?? '/',
      method: request.method as Dispatcher.HttpMethod,
      headers: passedOn(request.headers, call.correlationId),
      body,
    }
    let controller: Dispatcher.DispatchController | undefined
    response.once('close', () => {
      if (!response.writableFinished) controller?.abort(new Error('the client hung up'))
    })
    gateway.pool.dispatch(options, {
      onRequestStart: (started) => {
        controller = started
        if (response.destroyed) started.abort(new Error('the client hung up'))
      },
      onResponseStart: (_controller, status, headers) => {
        response.writeHead(status, keptHeaders(headers))
      },
      onResponseData: (_controller, chunk) => {
        response.write(chunk)
      },
      onResponseEnd: () => {
        response.end()
      },
      onResponseError: (_controller, error) => this.#failed(call, gateway, error),
    })
  }

  #failed(call: Call, gateway: Gateway, error: Error & { code?: string }): void {
    const { request, response, correlationId } = call
    if (response.destroyed) return
    const wasSent = !neverSent.includes(error.code ?? '')
    if (!wasSent) this.#mark(gateway, false)
    this.#log.warn(
      {
        correlation_id: correlationId,
        gateway: gateway.url,
        method: request.method,
        reason: error.code ?? error.message,
      },
      'the gateway did not answer',
    )
    if (response.headersSent) response.destroy()
    else if ((!wasSent || request.method === 'GET') && !this.#neverMarksDown) this.#send(call)
    else refuse(call, new PoolError('internal', 'the gateway was lost before it answered'))
  }
}

function openGateway(url: string): Gateway {
  const pool = new Pool(url, {
    // A long poll holds its connection, so there must be as many as there are workers.
    connections: null,
    pipelining: 1,
    connectTimeout: checkTimeoutMs,
    headersTimeout: answerWithinMs,
    bodyTimeout: answerWithinMs,
    keepAliveTimeout: 30_000,
  })
  return { url, pool, isUp: true, notReady: 0 }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (request.method === 'GET' || request.method === 'HEAD') return null
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new PoolError('malformed_request', 'the body is too large')
    chunks.push(chunk)
  }
  return bytes === 0 ? null : Buffer.concat(chunks)
}

function passedOn(headers: IncomingHttpHeaders, correlationId: string): Record<string, string | string[]> {
  const passed: Record<string, string | string[]> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined && name !== 'content-length' && name !== 'expect' && !hopByHop.has(name))
      passed[name] = value
  }
  passed['x-correlation-id'] = correlationId
  return passed
}

function keptHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept: IncomingHttpHeaders = {}
  for (const name in headers) if (!hopByHop.has(name)) kept[name] = headers[name]
  return kept
}

function refuse({ request, response, correlationId }: Call, error: PoolError): void {
  if (response.destroyed || response.headersSent) return
  const retry = error.retryAfterSeconds
  response.writeHead(error.status, {
    'content-type': 'application/json; charset=utf-8',
    'x-correlation-id': correlationId,
    ...(retry === undefined ? {} : { 'retry-after': String(retry) }),
  })
  response.end(JSON.stringify(errorAnswer(error, correlationId)))
  request.resume()
}
