// A pool of a few lines that keeps the contract but for what a test changes, and what the first requests find of it.
import { vi } from 'vitest'
import type { CheckResult, Exchange } from '../../../../lib/drive/actor.ts'
import { errorTable } from '../../../../systems/cocoon/api.ts'
import type { World } from '../../../../systems/cocoon/names.ts'

vi.mock('../../../../systems/cocoon/lazily.ts', async () => {
  const adapter = await import('../../../../systems/cocoon/late/checks-adapter.ts')
  return { checksAdapter: () => adapter, paymentsAdapter: () => ({ payments: () => undefined }) }
})

export interface Asked {
  method: string
  path: string
  /** The path of the step, with keys and ids left out. */
  kind: string
  key: string
  token: string
  body: Record<string, unknown>
}
export type Answer = [status: number, json: unknown]
export interface Task extends Record<string, unknown> {
  task_id: string
  idempotency_key: string
}

export const token = 'of-a-client'
export const error = (code: keyof typeof errorTable): Answer => [errorTable[code].status, { error: { code } }]

/** A pool in memory; one that breaks the contract has other answers to some kinds of requests. */
export class SmallPool {
  readonly tasks = new Map<string, Task>()
  readonly prompts = new Map<string, unknown>()
  readonly queue: Task[] = []
  readonly asked: Asked[] = []
  readonly running = new Set<string>()
  held: Task | null = null
  completed = 0
  workers = 0
  /** Of its completed tasks, what the run was told. */
  readonly told: number[] = []

  add(key: string, body: Record<string, unknown>): Task {
    const { client_id, memory_mb, priority } = body
    const task = {
      task_id: String(this.prompts.size + 1),
      idempotency_key: key,
      client_id,
      memory_mb,
      priority,
      state: 'queued',
      accepted_at: new Date().toISOString(),
      assigned_at: null,
      ended_at: null,
      able_idle_ms: 0,
      attempts: 0,
      worker_id: null,
      reason: null,
    }
    this.prompts.set(task.task_id, body['prompt'])
    if (!this.tasks.has(key)) this.tasks.set(key, task)
    this.queue.push(task)
    return task
  }

  give(task: Task): Answer {
    const { task_id, memory_mb } = task
    this.running.add(task_id)
    return [200, { task_id, lease_id: task_id, memory_mb, prompt: this.prompts.get(task_id) }]
  }

  figures(): Record<string, number> {
    const { prompts, queue, running, completed } = this
    return { accepted: prompts.size, waiting: queue.length, running: running.size, completed, failed: 0 }
  }

  submit({ key, body }: Asked): Answer {
    const known = this.tasks.get(key)
    if (known === undefined) return [201, this.add(key, body)]
    return this.prompts.get(known.task_id) === body['prompt'] ? [200, known] : error('key_reused')
  }

  answer(asked: Asked): Answer {
    this.asked.push(asked)
    switch (asked.kind) {
      case 'POST workers':
        this.workers++
        return [
          201,
          { worker_id: `w${this.workers}`, token: 't', heartbeat_interval_ms: 1000, lease_ms: 60_000 },
        ]
      case 'POST poll': {
        this.held = this.queue.shift() ?? null
        return this.held === null ? [204, null] : this.give(this.held)
      }
      case 'DELETE worker':
        this.workers--
        return [204, null]
      case 'POST result':
        if (this.running.delete(asked.path.split('/').at(-2)!)) this.completed++
        return [200, { task_id: asked.key, state: 'completed' }]
      case 'POST tasks':
        return this.submit(asked)
      case 'GET by-key':
        if (asked.token !== `Bearer ${token}`) return error('unauthorized')
        return this.tasks.has(asked.key) ? [200, this.tasks.get(asked.key)] : error('not_found')
      default:
        return [
          200,
          asked.path === '/dashboard'
            ? 'a page'
            : {
                status: 'active',
                stats: {},
                workers: { alive: 1 },
                tasks: this.figures(),
              },
        ]
    }
  }
}

function kindOf(method: string, path: string): string {
  const parts = path.split('/').slice(3)
  if (parts.includes('by-key')) return `${method} by-key`
  if (parts.length > 2) return `${method} ${parts.at(-1)}`
  return `${method} ${parts[0] === 'workers' && parts.length === 2 ? 'worker' : parts[0]}`
}

export type Break = (pool: SmallPool, asked: Asked) => Answer | undefined

/** What the first requests find of a pool that answers some requests otherwise. */
export async function foundOf(
  otherwise: Break = () => undefined,
  { clientToken = token, withChecks = true, date = () => new Date().toUTCString(), alone = true } = {},
) {
  vi.useFakeTimers({ toFake: ['Date'] })
  vi.stubGlobal('__ENV', { CLIENT: clientToken, ENROL: 'of-a-worker' })
  vi.resetModules()
  const { preflight } = await import('../../../../systems/cocoon/late/preflight.ts')
  const pool = new SmallPool()
  let requests = 0
  const send = (
    step: string,
    { method, path, body, headers = {}, expect: expected, read }: Exchange<unknown>,
  ) => {
    const asked: Asked = {
      method,
      path,
      kind: kindOf(method, path),
      key: headers['Idempotency-Key'] ?? path.split('/').at(-1)!,
      token: headers['Authorization'] ?? '',
      body: (body ?? {}) as Record<string, unknown>,
    }
    const [status, json] = otherwise(pool, asked) ?? pool.answer(asked)
    const about = { status, ms: 1, sentAt: 1, correlationId: `${step}-${++requests}` }
    const value = expected.includes(status) ? read(json, status, { Date: date() }) : null
    const outcome = value !== null ? 'ok' : status === 429 ? 'refused' : 'failed'
    return { ...about, outcome, value }
  }
  const world = {
    data: {
      run: 'r',
      target: { adapter: null, alone, credentials: { client: 'CLIENT', enrol: 'ENROL' }, endpoints: {} },
      residents: { worker: 1 },
      history: false,
      segments: {},
      phases: [],
      withChecks,
    },
    index: 0,
    random: () => 0,
    send,
    sleep: (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000),
    point: (_: string, value: number) => void pool.told.push(value),
    tell: () => undefined,
  } as unknown as World
  const found = preflight(world)
  return { pool, found, checks: found.checks ?? {} }
}

export const notKept = (checks: Record<string, CheckResult>) =>
  Object.fromEntries(Object.entries(checks).filter(([, { is }]) => is !== 'kept'))
