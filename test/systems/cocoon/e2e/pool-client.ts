// A client and workers for tests of the pool, over HTTP only.
import type {
  ErrorAnswer,
  PollAnswer,
  RegisterAnswer,
  SubmitRequest,
  Task,
} from '../../../../systems/cocoon/api.ts'
import type { RunningPool } from './pool-harness.ts'

export interface Answer<Body> {
  status: number
  body: Body
  headers: Headers
  ms: number
}

export interface CallOptions {
  token?: string
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

export async function call<Body>(
  method: string,
  url: string,
  options: CallOptions = {},
): Promise<Answer<Body>> {
  const started = performance.now()
  const answer = await fetch(url, {
    method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const text = await answer.text()
  const body = (text === '' ? null : JSON.parse(text)) as Body
  return { status: answer.status, body, headers: answer.headers, ms: performance.now() - started }
}

let keyCount = 0

/** Speaks to one address of the pool: the balancer, or a gateway of its own. */
export class PoolClient {
  readonly pool: RunningPool
  readonly address: string

  constructor(pool: RunningPool, address = pool.baseUrl) {
    this.pool = pool
    this.address = address
  }

  get clientToken(): string {
    return this.pool.testbed.secrets['POOL_CLIENT_TOKEN'] as string
  }

  get enrolToken(): string {
    return this.pool.testbed.secrets['POOL_ENROL_TOKEN'] as string
  }

  api<Body>(method: string, path: string, options: CallOptions = {}): Promise<Answer<Body>> {
    return call<Body>(method, `${this.address}/api/v1${path}`, options)
  }

  read<Body>(path: string): Promise<Answer<Body>> {
    return this.api<Body>('GET', path, { token: this.clientToken })
  }

  async register(memoryMb = 8_192, run = 'test'): Promise<RegisterAnswer> {
    const body = { name: 'a worker', gpu_model: 'test', memory_mb: memoryMb, run }
    return (await this.api<RegisterAnswer>('POST', '/workers', { token: this.enrolToken, body })).body
  }

  poll(worker: RegisterAnswer, waitMs: number, signal?: AbortSignal): Promise<Answer<PollAnswer | null>> {
    return this.api('POST', `/workers/${worker.worker_id}/poll`, {
      token: worker.token,
      body: { wait_ms: waitMs },
      ...(signal === undefined ? {} : { signal }),
    })
  }

  result(worker: RegisterAnswer, task: PollAnswer, headers: Record<string, string> = {}) {
    return this.api<ErrorAnswer & { state: string; duplicate: boolean }>(
      'POST',
      `/tasks/${task.task_id}/result`,
      {
        token: worker.token,
        body: { lease_id: task.lease_id, output: 'done' },
        headers,
      },
    )
  }

  leave(worker: RegisterAnswer): Promise<Answer<null>> {
    return this.api('DELETE', `/workers/${worker.worker_id}`, { token: worker.token })
  }

  submit(more: Partial<SubmitRequest> = {}, key = `key-${++keyCount}`, headers: Record<string, string> = {}) {
    const body = {
      client_id: 'tester',
      memory_mb: 1_024,
      priority: 5,
      prompt: 'say something',
      run: 'test',
      ...more,
    }
    return this.api<Task & ErrorAnswer>('POST', '/tasks', {
      token: this.clientToken,
      body,
      headers: { 'idempotency-key': key, ...headers },
    })
  }

  async task(key: string): Promise<Task> {
    return (await this.read<Task>(`/tasks/by-key/${key}`)).body
  }
}

/** The address of one gateway, past the balancer. */
export function gatewayAddress(pool: RunningPool, name: string): string {
  const service = pool.testbed.target.services.find((each) => each.name === name)
  return new URL(service?.health ?? '').origin
}
