// A pool on loopback whose delays, failures and counts are known: the honest one of pool.ts, and what a test wants otherwise.
// What Assay measures of it must equal what it knows of itself.
import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { errorAnswer } from './behaviour.ts'
import type { Answer, Asked, Behaviour, Step } from './behaviour.ts'
import { Pool } from './pool.ts'

/** One request as the stub saw it. */
export interface Call {
  /** The page and the data of the dashboard are one step, as they are for those who ask. */
  step: string
  /** From its head to the last byte of its answer, by the stub's own clock; null while it is not answered. */
  ms: number | null
  /** Of a submission. It names the arrival: <run>-<actor>-<phase>-<index>. */
  key: string
}

/** What the stub does to a call; without a status the honest answer follows. */
export interface Treatment {
  delayMs?: number
  status?: number
  body?: string
  headers?: Record<string, string>
  /** What was asked is done although the answer says otherwise. */
  applied?: boolean
  /** The task record of a submission then says exactly this, whatever really happened. */
  record?: { waitedMs: number; ableIdleMs: number }
}

/** What its answers, which a real pool would write in a moment, are cut into where they come slowly. */
const pieces = 4

function stepOf(method: string, path: string): Step {
  if (path === '/api/v1/workers') return 'register'
  if (path.endsWith('/heartbeat')) return 'heartbeat'
  if (path.endsWith('/poll')) return 'poll'
  if (path.endsWith('/result')) return 'result'
  if (path === '/dashboard') return 'page'
  if (path.includes('dashboard')) return 'dashboard'
  if (path === '/api/v1/tasks') return 'submit'
  if (path.startsWith('/api/v1/tasks/by-key')) return 'status'
  if (method === 'DELETE') return 'leave'
  return path.includes('stats') ? 'stats' : 'leftovers'
}

/** Steps that clients send, with the clients' token. */
const ofClients: Step[] = ['submit', 'status', 'stats', 'dashboard', 'leftovers']

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

async function deliver(response: ServerResponse, { status, body, headers, delivery }: Answer): Promise<void> {
  if (delivery === 'reset') return void response.socket?.resetAndDestroy()
  const isText = typeof body === 'string'
  const type = isText ? 'text/html' : 'application/json'
  response.writeHead(status, { 'Content-Type': type, ...headers })
  const text = body === null ? '' : isText ? body : JSON.stringify(body)
  if (delivery !== undefined) {
    const size = Math.ceil(text.length / pieces)
    for (let place = 0; place < pieces; place++) {
      response.write(text.slice(place * size, (place + 1) * size))
      await delay(delivery.trickleMs / pieces)
    }
    return void response.end()
  }
  response.end(text)
}

/** A request that is not allowed what it asks for; nothing where no token is wanted. */
function refusalOf({ step, token, path }: Asked, pool: Pool, wanted: string): Answer | null {
  if (wanted === '') return null
  if (ofClients.includes(step)) return token === wanted ? null : errorAnswer(401, 'unauthorized')
  const worker = pool.workers.get(path.split('/')[4] ?? '')
  if (step === 'register' || step === 'page' || step === 'result' || worker === undefined) return null
  return token === worker.token ? null : errorAnswer(401, 'unauthorized')
}

interface Options {
  behaviours?: Behaviour[]
  /** What clients have to send; empty: nothing. */
  clientToken?: string
}

type Treat = (call: Call, n: number) => Treatment | undefined

/** Starts the stub on a free port of loopback. `treat` decides per call (n-th of its step, from 1). */
export async function startStubPool(
  treat: Treat = () => undefined,
  { behaviours = [], clientToken = '' }: Options = {},
) {
  const pool = new Pool(behaviours)
  const calls: Call[] = []
  const counts = new Map<string, number>()
  const steps = new Map<Step, number>()
  const used = new WeakSet<Socket>()
  const closing = new AbortController()
  // Every delayed answer listens to it, however many there are.
  setMaxListeners(0, closing.signal)
  const wait = (ms: number): Promise<unknown> => delay(ms, null, { signal: closing.signal })

  /** What the pool says, and what behaviours make of it. */
  function answerTo(asked: Asked, record: Treatment['record']): Promise<Answer> {
    const honest = async (): Promise<Answer> =>
      refusalOf(asked, pool, clientToken) ??
      (asked.step === 'submit' ? pool.submit(asked, record) : pool[asked.step](asked))
    const told = behaviours.flatMap(({ tells, tellsAll }) =>
      [tells?.[asked.step], tellsAll].filter((one) => one !== undefined),
    )
    const whole = told.reduce<() => Promise<Answer>>(
      (next, tell) => async () => tell(next, asked, pool),
      honest,
    )
    return whole()
  }

  function askedBy(request: IncomingMessage, response: ServerResponse): Omit<Asked, 'body'> {
    const path = (request.url ?? '').split('?')[0] ?? ''
    const step = stepOf(request.method ?? '', path)
    const n = (steps.get(step) ?? 0) + 1
    steps.set(step, n)
    const isKept = used.has(request.socket)
    used.add(request.socket)
    return {
      step,
      path,
      n,
      isKept,
      key: String(request.headers['idempotency-key'] ?? ''),
      token: (request.headers.authorization ?? '').replace(/^Bearer /, ''),
      onHungUp: (then) => response.once('close', () => response.writableEnded || then()),
    }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now()
    const about = askedBy(request, response)
    const step = about.step === 'page' ? 'dashboard' : about.step
    const call: Call = { step, ms: null, key: about.key }
    response.once('finish', () => (call.ms = performance.now() - started))
    calls.push(call)
    const n = (counts.get(step) ?? 0) + 1
    counts.set(step, n)
    const { delayMs = pool.manner.delayMs, status, body, headers, applied, record } = treat(call, n) ?? {}
    const asked = { ...about, body: await bodyOf(request) }
    if (delayMs > 0) await wait(delayMs)
    const honest = status === undefined || applied === true
    const answer = honest ? await answerTo(asked, record) : null
    if (status !== undefined) return void response.writeHead(status, headers).end(body ?? '')
    const { clockAheadMs } = pool.manner
    if (clockAheadMs !== 0) response.setHeader('Date', new Date(Date.now() + clockAheadMs).toUTCString())
    const { gives, hasNoDate } = answer!
    if (hasNoDate === true) response.sendDate = false
    if (gives !== undefined)
      response.once('close', () => response.writableFinished || pool.undelivered(gives))
    await deliver(response, answer!)
  }
  const server = createServer(
    (request, response) => void handle(request, response).catch(() => response.destroy()),
  )
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    counts,
    pool,
    close: () =>
      new Promise<void>((resolve) => {
        closing.abort()
        pool.close()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
