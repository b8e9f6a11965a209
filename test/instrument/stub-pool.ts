// A pool in one process and in memory that keeps the contract, with known delays, failures and counts. What Assay measures
// of it must equal what it knows of itself.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Call {
  method: string
  path: string
  step: string
  t: number
}

/** What the stub does to a call before it answers: wait, answer something else, or nothing (the honest answer follows). */
export interface Treatment {
  delayMs?: number
  status?: number
  body?: string
  headers?: Record<string, string>
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
  ableIdleMs: number
  lease: string
  worker: string | null
}

interface Waiting {
  worker: string
  since: number
  give: (task: StubTask | null) => void
}

const stepOf = (method: string, path: string): string => {
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

/** Starts the stub on a free port of loopback. `treat` decides per call (n-th of its step, from 1). */
export async function startStubPool(
  treat: (call: Call, n: number) => Treatment | undefined = () => undefined,
) {
  const calls: Call[] = []
  const counts = new Map<string, number>()
  const tasks = new Map<string, StubTask>()
  const queue: StubTask[] = []
  const waiting: Waiting[] = []
  const workers = new Set<string>()

  const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())
  const view = (task: StubTask) => ({
    task_id: task.task_id,
    idempotency_key: task.idempotency_key,
    client_id: task.client_id,
    state: task.state,
    memory_mb: task.memory_mb,
    priority: task.priority,
    accepted_at: iso(task.accepted),
    assigned_at: iso(task.assigned),
    ended_at: iso(task.ended),
    able_idle_ms: task.ableIdleMs,
    attempts: task.assigned === null ? 0 : 1,
    worker_id: task.worker,
    reason: null,
  })
  const assign = (task: StubTask, worker: string): StubTask => {
    task.state = 'running'
    task.assigned = Date.now()
    task.worker = worker
    return task
  }
  const answers: Record<
    string,
    (
      path: string,
      body: Record<string, never>,
      request: IncomingMessage,
    ) => [number, unknown] | Promise<[number, unknown]>
  > = {
    register: () => {
      const worker_id = randomUUID()
      workers.add(worker_id)
      return [201, { worker_id, token: worker_id, heartbeat_interval_ms: 5000, lease_ms: 30_000 }]
    },
    heartbeat: () => [200, { status: 'active', next_heartbeat_ms: 5000 }],
    leave: (path) => {
      workers.delete(path.split('/')[4] ?? '')
      return [204, null]
    },
    poll: async (path, body) => {
      const worker = path.split('/')[4] ?? ''
      const next = queue.shift()
      const task =
        next !== undefined
          ? assign(next, worker)
          : await new Promise<StubTask | null>((resolve) => {
              const entry: Waiting = {
                worker,
                since: Date.now(),
                give: (given) => (clearTimeout(timer), resolve(given)),
              }
              const timer = setTimeout(() => {
                waiting.splice(waiting.indexOf(entry), 1)
                resolve(null)
              }, Number(body['wait_ms']))
              waiting.push(entry)
            })
      if (task === null) return [204, null]
      const { task_id, lease, memory_mb, priority } = task
      return [
        200,
        {
          task_id,
          lease_id: lease,
          lease_expires_at: iso(Date.now() + 30_000),
          memory_mb,
          priority,
          prompt: '',
        },
      ]
    },
    submit: (_path, body, request) => {
      const key = String(request.headers['idempotency-key'])
      const task: StubTask = {
        ...(body as unknown as Pick<StubTask, 'client_id' | 'memory_mb' | 'priority'>),
        task_id: randomUUID(),
        idempotency_key: key,
        state: 'queued',
        accepted: Date.now(),
        assigned: null,
        ended: null,
        ableIdleMs: 0,
        lease: randomUUID(),
        worker: null,
      }
      tasks.set(key, task)
      const entry = waiting.shift()
      if (entry === undefined) queue.push(task)
      else entry.give(assign(task, entry.worker))
      return [201, view(task)]
    },
    status: (path) => {
      const task = tasks.get(path.split('/').at(-1) ?? '')
      return task === undefined
        ? [404, { error: { code: 'not_found', message: 'no such key', correlation_id: '' } }]
        : [200, view(task)]
    },
    result: (path) => {
      const id = path.split('/')[4]
      const task = [...tasks.values()].find(({ task_id }) => task_id === id)
      if (task === undefined)
        return [404, { error: { code: 'not_found', message: 'no such task', correlation_id: '' } }]
      task.state = 'completed'
      task.ended = Date.now()
      return [200, { task_id: id, state: 'completed', duplicate: false }]
    },
    stats: () => {
      const all = [...tasks.values()]
      const of = (state: string): number => all.filter((task) => task.state === state).length
      return [
        200,
        {
          workers: { alive: workers.size, busy: of('running'), idle: waiting.length },
          tasks: {
            waiting: queue.length,
            running: of('running'),
            completed: of('completed'),
            failed: 0,
            accepted: all.length,
          },
          oldest_wait_ms: 0,
        },
      ]
    },
    dashboard: (path) => [
      200,
      path === '/dashboard' ? '<html></html>' : { stats: {}, workers: [], tasks: [], minutes: [] },
    ],
    leftovers: () => [
      200,
      {
        workers_alive: workers.size,
        tasks_open: [...tasks.values()].filter(({ ended }) => ended === null).length,
      },
    ],
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    const path = (request.url ?? '').split('?')[0] ?? ''
    const method = request.method ?? 'GET'
    const call = { method, path, step: stepOf(method, path), t: Date.now() }
    calls.push(call)
    const n = (counts.get(call.step) ?? 0) + 1
    counts.set(call.step, n)
    const treatment = treat(call, n) ?? {}
    if (treatment.delayMs !== undefined)
      await new Promise((resolve) => setTimeout(resolve, treatment.delayMs))
    if (treatment.status !== undefined) {
      response.writeHead(treatment.status, treatment.headers).end(treatment.body ?? '')
      return
    }
    const [status, answer] = await answers[call.step]!(path, text === '' ? {} : JSON.parse(text), request)
    const plain = typeof answer === 'string'
    response.writeHead(status, { 'Content-Type': plain ? 'text/html' : 'application/json' })
    response.end(answer === null ? '' : plain ? answer : JSON.stringify(answer))
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
    tasks,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
