// A pool that costs next to nothing: fixed answers of the usual size, for measuring k6 and not the server.
import type { ServerResponse } from 'node:http'
import { send } from '../../service/fast-server.ts'
import type { Answerer } from '../../service/fast-server.ts'

const id = '0f2b6c1e-7d3a-4b58-9c64-2f1d8e5a7b90'
const time = (ms: number): string => new Date(Date.UTC(2025, 0, 1) + ms).toISOString()

const answers = {
  register: { worker_id: id, token: id.repeat(2), heartbeat_interval_ms: 0, lease_ms: 30_000 },
  heartbeat: { status: 'active', next_heartbeat_ms: 5000 },
  poll: {
    task_id: id,
    lease_id: id,
    lease_expires_at: time(30_000),
    memory_mb: 4096,
    priority: 5,
    prompt: 'task 12345',
  },
  result: { task_id: id, state: 'completed', duplicate: false },
  // Of a task that has ended, so that one look at it is enough.
  task: {
    task_id: id,
    idempotency_key: 'measured-client-steady-12345',
    client_id: 'measured-c-45',
    state: 'completed',
    memory_mb: 4096,
    priority: 5,
    accepted_at: time(0),
    assigned_at: time(5),
    ended_at: time(205),
    able_idle_ms: 5,
    attempts: 1,
    worker_id: id,
    reason: null,
  },
  stats: {
    workers: { alive: 0, busy: 0, idle: 0 },
    tasks: { waiting: 0, running: 0, completed: 0, failed: 0, accepted: 0 },
    oldest_wait_ms: 0,
  },
  dashboard: { stats: {}, minutes: [], workers: [], tasks: [] },
  leftovers: { workers_alive: 0, tasks_open: 0 },
}
const bytes = Object.fromEntries(
  Object.entries(answers).map(([name, answer]) => [name, Buffer.from(JSON.stringify(answer))]),
) as Record<keyof typeof answers, Buffer>

/** The longest that a poll is held; no task waits longer for it. */
const holdMs = 1000

/** Polls and submissions meet one to one, so that every submission leads to the same requests. */
class Meeting {
  #tasks = 0
  readonly #polls = new Map<ServerResponse, NodeJS.Timeout>()

  submitted(): void {
    const [first] = this.#polls
    if (first === undefined) this.#tasks++
    else this.#answer(first[0], 200)
  }

  polled(response: ServerResponse): void {
    const give = this.#tasks > 0
    this.#polls.set(
      response,
      setTimeout(() => this.#answer(response, 204), holdMs),
    )
    if (!give) return
    this.#tasks--
    this.#answer(response, 200)
  }

  #answer(response: ServerResponse, status: 200 | 204): void {
    clearTimeout(this.#polls.get(response))
    this.#polls.delete(response)
    send(response, status, status === 200 ? bytes.poll : undefined)
  }
}

/** A submission leads to a poll, a result, a heartbeat and a look at it besides. */
export const requestsPerArrival = 5

export const environment = {
  POOL_ENROL_TOKEN: 'enrol-token-of-the-benchmark',
  POOL_CLIENT_TOKEN: 'client-token-of-the-benchmark',
}

/** Answers every request of a load; each load meets a pool of its own. */
export function answerer(): Answerer {
  const meeting = new Meeting()
  return ({ method, url = '' }, response) => {
    if (url === '/api/v1/tasks') {
      send(response, 201, bytes.task)
      meeting.submitted()
    } else if (url.endsWith('/poll')) meeting.polled(response)
    else if (url.endsWith('/heartbeat')) send(response, 200, bytes.heartbeat)
    else if (url.endsWith('/result')) send(response, 200, bytes.result)
    else if (url.includes('/by-key/')) send(response, 200, bytes.task)
    else if (url === '/dashboard')
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html></html>')
    else if (url.endsWith('/dashboard')) send(response, 200, bytes.dashboard)
    else if (url.endsWith('/stats')) send(response, 200, bytes.stats)
    else if (url.includes('/runs/')) send(response, 200, bytes.leftovers)
    else if (method === 'DELETE') send(response, 204)
    else send(response, 201, bytes.register)
  }
}
