// A pool in one process and in memory that keeps the contract, with known delays, failures and counts. What Assay measures
// of it must equal what it knows of itself.
import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** One request as the stub saw it. */
export interface Call {
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

interface StubTask {
  task_id: string
  idempotency_key: string
  client_id: string
  memory_mb: number
  priority: number
  state: 'queued' | 'running' | 'completed'
  accepted: number
  assigned: number | null
  ended: number | null
  worker: string | null
  record: Treatment['record']
  content: string
}

type Give = (task: StubTask | null) => void
interface Asked {
  path: string
  body: Record<string, unknown>
  key: string
  record: Treatment['record']
}
type Answer = [status: number, body: unknown]

const heartbeatMs = 5000
const leaseMs = 30_000

function stepOf(method: string, path: string): string {
  if (path === '/api/v1/workers') return 'register'
  if (path.endsWith('/heartbeat')) return 'heartbeat'
  if (path.endsWith('/poll')) return 'poll'
  if (path.endsWith('/result')) return 'result'
  if (path.includes('dashboard')) return 'dashboard'
  if (path === '/api/v1/tasks') return 'submit'
  if (path.startsWith('/api/v1/tasks/by-key')) return 'status'
  if (method === 'DELETE') return 'leave'
  return path.includes('stats') ? 'stats' : 'leftovers'
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
const idIn = (path: string): string => path.split('/')[4] ?? ''
const error = (status: number, code: string): Answer => [
  status,
  { error: { code, message: code, correlation_id: '' } },
]
const notFound = error(404, 'not_found')
const keyReused = error(409, 'key_reused')

function view(task: StubTask) {
  const { accepted, assigned, ended, worker, record, content: _, ...same } = task
  const recorded = record === undefined || assigned === null ? assigned : accepted + record.waitedMs
  return {
    ...same,
    accepted_at: iso(accepted),
    assigned_at: iso(recorded),
    ended_at: iso(ended),
    able_idle_ms: record?.ableIdleMs ?? 0,
    attempts: assigned === null ? 0 : 1,
    worker_id: worker,
    reason: null,
  }
}

/** The honest pool: first come, first served, in memory. One method per step. */
class Pool {
  readonly tasks = new Map<string, StubTask>()
  readonly #byId = new Map<string, StubTask>()
  readonly #queue: StubTask[] = []
  readonly #waiting = new Map<Give, string>()
  readonly #workers = new Set<string>()

  register(): Answer {
    const worker_id = randomUUID()
    this.#workers.add(worker_id)
    return [201, { worker_id, token: worker_id, heartbeat_interval_ms: heartbeatMs, lease_ms: leaseMs }]
  }

  heartbeat(): Answer {
    return [200, { status: 'active', next_heartbeat_ms: heartbeatMs }]
  }

  leave({ path }: Asked): Answer {
    this.#workers.delete(idIn(path))
    return [204, null]
  }

  async poll({ path, body }: Asked): Promise<Answer> {
    const worker = idIn(path)
    const task = this.#queue.shift() ?? (await this.#next(worker, Number(body['wait_ms'])))
    if (task === null) return [204, null]
    task.state = 'running'
    task.assigned ??= Date.now()
    task.worker = worker
    const { task_id, memory_mb, priority } = task
    const lease_expires_at = iso(Date.now() + leaseMs)
    // Without the prompt, which a pool may leave out.
    return [200, { task_id, lease_id: task_id, lease_expires_at, memory_mb, priority }]
  }

  #next(worker: string, waitMs: number): Promise<StubTask | null> {
    return new Promise((resolve) => {
      const give: Give = (task) => {
        this.#waiting.delete(give)
        clearTimeout(timer)
        if (task !== null) task.assigned = Date.now()
        resolve(task)
      }
      const timer = setTimeout(() => give(null), waitMs)
      this.#waiting.set(give, worker)
    })
  }

  submit({ body, key, record }: Asked): Answer {
    const known = this.tasks.get(key)
    if (known !== undefined) return known.content === JSON.stringify(body) ? [200, view(known)] : keyReused
    const task: StubTask = {
      task_id: randomUUID(),
      idempotency_key: key,
      client_id: String(body['client_id']),
      memory_mb: Number(body['memory_mb']),
      priority: Number(body['priority']),
      state: 'queued',
      accepted: Date.now(),
      assigned: null,
      ended: null,
      worker: null,
      record,
      content: JSON.stringify(body),
    }
    this.tasks.set(key, task)
    this.#byId.set(task.task_id, task)
    const answer = view(task)
    const [give] = this.#waiting.keys()
    if (give === undefined) this.#queue.push(task)
    else give(task)
    return [201, answer]
  }

  status({ path }: Asked): Answer {
    const task = this.tasks.get(path.split('/').at(-1) ?? '')
    return task === undefined ? notFound : [200, view(task)]
  }

  result({ path }: Asked): Answer {
    const task = this.#byId.get(idIn(path))
    if (task === undefined) return notFound
    task.state = 'completed'
    task.ended = Date.now()
    return [200, { task_id: task.task_id, state: 'completed', duplicate: false }]
  }

  dashboard({ path }: Asked): Answer {
    return [
      200,
      path === '/dashboard' ? 'any text is a page' : { stats: {}, workers: [], tasks: [], minutes: [] },
    ]
  }

  stats(): Answer {
    const all = [...this.tasks.values()]
    const of = (state: string): number => all.filter((task) => task.state === state).length
    const counted = { running: of('running'), completed: of('completed'), failed: 0, accepted: all.length }
    const workers = { alive: this.#workers.size, busy: counted.running, idle: this.#waiting.size }
    return [200, { workers, tasks: { waiting: this.#queue.length, ...counted }, oldest_wait_ms: 0 }]
  }

  leftovers(): Answer {
    const tasks_open = [...this.tasks.values()].filter(({ ended }) => ended === null).length
    return [200, { workers_alive: this.#workers.size, tasks_open }]
  }

  close(): void {
    for (const give of this.#waiting.keys()) give(null)
  }
}

type Steps = Record<string, (asked: Asked) => Answer | Promise<Answer>>

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function send(response: ServerResponse, [status, body]: Answer): void {
  const plain = typeof body === 'string'
  response.writeHead(status, { 'Content-Type': plain ? 'text/html' : 'application/json' })
  response.end(body === null ? '' : plain ? body : JSON.stringify(body))
}

/** Starts the stub on a free port of loopback. `treat` decides per call (n-th of its step, from 1). */
export async function startStubPool(
  treat: (call: Call, n: number) => Treatment | undefined = () => undefined,
) {
  const pool = new Pool()
  const calls: Call[] = []
  const counts = new Map<string, number>()
  const closing = new AbortController()
  // Every delayed answer listens to it, however many there are.
  setMaxListeners(0, closing.signal)

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now()
    const path = (request.url ?? '').split('?')[0] ?? ''
    const step = stepOf(request.method ?? '', path)
    const call: Call = { step, ms: null, key: String(request.headers['idempotency-key'] ?? '') }
    response.once('finish', () => (call.ms = performance.now() - started))
    calls.push(call)
    const n = (counts.get(step) ?? 0) + 1
    counts.set(step, n)
    const { delayMs, status, body, headers, applied, record } = treat(call, n) ?? {}
    const asked = { path, key: call.key, record, body: await bodyOf(request) }
    if (delayMs !== undefined) await delay(delayMs, null, { signal: closing.signal })
    const honest = status === undefined || applied === true
    const answer = honest ? await (pool as unknown as Steps)[step]!(asked) : null
    if (status === undefined) send(response, answer!)
    else response.writeHead(status, headers).end(body ?? '')
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
    tasks: pool.tasks,
    close: () =>
      new Promise<void>((resolve) => {
        closing.abort()
        pool.close()
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
