// The work of a balancer in front of services of the same kind: pick one that lives, pass the request on, try another one
// where that is safe.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { FastifyBaseLogger } from 'fastify'
import { Pool, type Dispatcher } from 'undici'
import { commonError, errorAnswer, ServiceError } from './errors.ts'

/** Together under two seconds: the longest time for which a service that hangs is still sent requests. */
const checkEveryMs = 400
const checkTimeoutMs = 1_200
/** A busy database is late now and then. */
const notReadyInRow = 2
/** Longer than the longest poll. */
const answerWithinMs = 60_000
/** Longer than clients keep an idle connection, and than the services behind it keep theirs. */
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

interface Upstream {
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
  tried: Upstream[]
}

export interface BalancerOptions {
  /** Addresses of services of the same kind. */
  upstreams: string[]
  /** Paths that a service of another kind answers, and its address. */
  others: { paths: RegExp; url: string }[]
  log: FastifyBaseLogger
  /** Sends to services that are gone as to any other: a planted defect. */
  neverMarksDown: boolean
  /** Whether it resets the connection of a request that it has read: a planted defect. */
  resets: (request: IncomingMessage) => boolean
}

export class Balancer {
  readonly #upstreams: Upstream[]
  readonly #others: { paths: RegExp; upstream: Upstream }[]
  readonly #log: FastifyBaseLogger
  readonly #server = createServer({ keepAliveTimeout: keepAliveMs }, (request, response) => {
    void this.#take(request, response)
  })
  readonly #timers: NodeJS.Timeout[] = []
  readonly #neverMarksDown: boolean
  readonly #resets: BalancerOptions['resets']

  constructor(options: BalancerOptions) {
    this.#neverMarksDown = options.neverMarksDown
    this.#resets = options.resets
    this.#upstreams = options.upstreams.map(openUpstream)
    this.#others = options.others.map(({ paths, url }) => ({ paths, upstream: openUpstream(url) }))
    this.#log = options.log
  }

  async listen(port: number, host: string): Promise<void> {
    await Promise.all(this.#upstreams.map((upstream) => this.#check(upstream)))
    for (const upstream of this.#upstreams)
      this.#timers.push(setInterval(() => void this.#check(upstream), checkEveryMs))
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ port, host, backlog: 4096 }, resolve)
    })
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#server.close()
    this.#server.closeAllConnections()
    const all = [...this.#upstreams, ...this.#others.map(({ upstream }) => upstream)]
    await Promise.all(all.map(({ pool }) => pool.destroy()))
  }

  /** A service that does not answer is down at once; one that cannot do its work when it has said so several times. */
  async #check(upstream: Upstream): Promise<void> {
    const status = await upstream.pool
      .request({ path: '/health/ready', method: 'GET', signal: AbortSignal.timeout(checkTimeoutMs) })
      .then(async ({ statusCode, body }) => {
        await body.dump()
        return statusCode
      })
      .catch(() => 0)
    upstream.notReady = status === 200 || status === 0 ? 0 : upstream.notReady + 1
    if (status === 200) this.#mark(upstream, true)
    else if (status === 0 || upstream.notReady >= notReadyInRow) this.#mark(upstream, false)
  }

  #mark(upstream: Upstream, isUp: boolean): void {
    if (upstream.isUp === isUp || (!isUp && this.#neverMarksDown)) return
    upstream.isUp = isUp
    this.#log.warn({ upstream: upstream.url }, isUp ? 'the service is up' : 'the service is down')
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const given = request.headers['x-correlation-id']
    const correlationId = typeof given === 'string' && given !== '' ? given : randomUUID()
    if (request.url === '/balancer/health') return this.#answerHealth(response)
    const call: Call = { request, response, correlationId, body: null, tried: [] }
    try {
      call.body = await readBody(request)
    } catch (error) {
      if (error instanceof ServiceError) refuse(call, error)
      return
    }
    if (this.#resets(request)) request.socket.resetAndDestroy()
    else this.#send(call)
  }

  #answerHealth(response: ServerResponse): void {
    const upstreams = this.#upstreams.map(({ url, isUp }) => ({ url, up: isUp }))
    const status = upstreams.some(({ up }) => up) ? 200 : 503
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ upstreams }))
  }

  /**
   * One of those that live, at random: if they took turns, a client with the same rhythm would meet always the same one.
   * When none seems to live, any that was not tried is better than none.
   */
  #next({ request, tried }: Call): Upstream | undefined {
    const other = this.#others.find(({ paths }) => paths.test(request.url ?? ''))
    if (other !== undefined) return tried.length === 0 ? other.upstream : undefined
    const left = this.#upstreams.filter((upstream) => !tried.includes(upstream))
    const up = left.filter((upstream) => upstream.isUp)
    const choice = up.length > 0 ? up : left
    return choice[Math.floor(Math.random() * choice.length)]
  }

  #send(call: Call): void {
    const upstream = this.#next(call)
    if (!upstream) {
      refuse(call, commonError('not_ready', 'no service can be reached', { retryAfterSeconds: 1 }))
      return
    }
    call.tried.push(upstream)
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
    upstream.pool.dispatch(options, {
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
      onResponseError: (_controller, error) => this.#failed(call, upstream, error),
    })
  }

  #failed(call: Call, upstream: Upstream, error: Error & { code?: string }): void {
    const { request, response, correlationId } = call
    if (response.destroyed) return
    const wasSent = !neverSent.includes(error.code ?? '')
    if (!wasSent) this.#mark(upstream, false)
    this.#log.warn(
      {
        correlation_id: correlationId,
        upstream: upstream.url,
        method: request.method,
        reason: error.code ?? error.message,
      },
      'the service did not answer',
    )
    if (response.headersSent) response.destroy()
    else if ((!wasSent || request.method === 'GET') && !this.#neverMarksDown) this.#send(call)
    else refuse(call, commonError('internal', 'the service was lost before it answered'))
  }
}

function openUpstream(url: string): Upstream {
  const pool = new Pool(url, {
    // A long poll holds its connection, so there must be as many as there are clients that wait.
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
    if (bytes > mostBytes) throw commonError('malformed_request', 'the body is too large')
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

function refuse({ request, response, correlationId }: Call, error: ServiceError): void {
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
