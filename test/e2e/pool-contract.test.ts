import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type {
  ErrorAnswer,
  Leftovers,
  PollAnswer,
  PoolStats,
  RegisterAnswer,
} from '../../systems/cocoon/api.ts'
import { PoolClient, call, gatewayAddress } from './pool-client.ts'
import { startPool, until, type RunningPool } from './pool-harness.ts'

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool()
  client = new PoolClient(pool)
}, 60_000)
afterAll(() => pool?.stop(), 20_000)

/** Registers, polls, and answers what came. */
async function nextTask(memoryMb?: number): Promise<{ worker: RegisterAnswer; task: PollAnswer }> {
  const worker = await client.register(memoryMb)
  const { status, body } = await client.poll(worker, 5_000)
  expect(status).toBe(200)
  return { worker, task: body as PollAnswer }
}

describe('a task', () => {
  test('goes from a client to a worker that waits and back, with times of one clock', async () => {
    const worker = await client.register()
    const poll = client.poll(worker, 10_000)
    const submitted = await client.submit({}, 'there-and-back')
    expect(submitted.status).toBe(201)
    expect(submitted.body).toMatchObject({ state: 'queued', idempotency_key: 'there-and-back', attempts: 0 })
    const { status, body: leased } = await poll
    expect(status).toBe(200)
    expect(leased).toMatchObject({ task_id: submitted.body.task_id, prompt: 'say something' })
    expect(await client.task('there-and-back')).toMatchObject({
      state: 'running',
      worker_id: worker.worker_id,
    })
    const result = await client.result(worker, leased as PollAnswer)
    expect(result.body).toEqual({ task_id: submitted.body.task_id, state: 'completed', duplicate: false })
    const task = await client.task('there-and-back')
    const [accepted, assigned, ended] = [task.accepted_at, task.assigned_at, task.ended_at].map((time) =>
      Date.parse(time ?? ''),
    ) as [number, number, number]
    expect(assigned - accepted).toBeGreaterThanOrEqual(0)
    expect(ended).toBeGreaterThanOrEqual(assigned)
    expect(task).toMatchObject({ state: 'completed', attempts: 1 })
    await client.leave(worker)
  })

  test('is completed once, however often its result is sent', async () => {
    await client.submit({}, 'result-twice')
    const { worker, task } = await nextTask()
    const answers = await Promise.all([client.result(worker, task), client.result(worker, task)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers.map(({ body }) => body.duplicate).sort()).toEqual([false, true])
    expect((await client.result(worker, task)).body.duplicate).toBe(true)
    await client.leave(worker)
  })

  test('is accepted once per key; another body under the same key is refused', async () => {
    const first = await client.submit({}, 'same-key')
    const again = await Promise.all([1, 2, 3].map(() => client.submit({}, 'same-key')))
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set([first, ...again].map(({ body }) => body.task_id)).size).toBe(1)
    const other = await client.submit({ priority: 6 }, 'same-key')
    expect(other.status).toBe(409)
    expect(other.body.error.code).toBe('key_reused')
    const { worker, task } = await nextTask()
    await client.result(worker, task)
    expect((await client.poll(worker, 0)).status).toBe(204)
    await client.leave(worker)
  })

  test('submitted twice at once under one key is accepted once', async () => {
    const both = await Promise.all([client.submit({}, 'at-once'), client.submit({}, 'at-once')])
    expect(both.map(({ status }) => status).sort()).toEqual([200, 201])
    const { worker, task } = await nextTask()
    await client.result(worker, task)
    await client.leave(worker)
  })

  test('goes back to the queue when its worker leaves', async () => {
    await client.submit({}, 'left-behind')
    const { worker: first } = await nextTask()
    await client.leave(first)
    expect((await client.poll(first, 0)).status).toBe(404)
    const { worker, task } = await nextTask()
    expect((await client.result(worker, task)).status).toBe(200)
    expect(await client.task('left-behind')).toMatchObject({ attempts: 2, worker_id: worker.worker_id })
    await client.leave(worker)
  })

  test('is not lost when its worker hangs up while it waits', async () => {
    const worker = await client.register()
    const hangUp = new AbortController()
    const poll = client.poll(worker, 20_000, hangUp.signal).catch(() => 'hung up')
    await until('the poll is held', 3_000, async () => {
      const { body } = await client.read<PoolStats>('/pool/stats')
      return body.workers.idle > 0
    })
    hangUp.abort()
    expect(await poll).toBe('hung up')
    await client.submit({}, 'after-hanging-up')
    const { worker: other, task } = await nextTask()
    expect((await client.result(other, task)).status).toBe(200)
    for (const each of [worker, other]) await client.leave(each)
  })

  test('needs a worker with enough memory, and does not keep smaller tasks waiting', async () => {
    await client.submit({ memory_mb: 20_000 }, 'large')
    await client.submit({ memory_mb: 1_024 }, 'small')
    const { worker, task } = await nextTask(8_192)
    expect(task.memory_mb).toBe(1_024)
    const { worker: larger, task: largeTask } = await nextTask(24_576)
    expect(largeTask.memory_mb).toBe(20_000)
    await client.result(worker, task)
    await client.result(larger, largeTask)
    for (const each of [worker, larger]) await client.leave(each)
  })

  test('of higher priority comes first, but not before one that has waited for long', async () => {
    await client.submit({ priority: 1 }, 'old')
    await delay(1_200)
    await client.submit({ priority: 2 }, 'middle')
    await client.submit({ priority: 10 }, 'urgent')
    const worker = await client.register()
    const order = []
    for (let place = 0; place < 3; place++) {
      const { body } = await client.poll(worker, 1_000)
      order.push((body as PollAnswer).priority)
      await client.result(worker, body as PollAnswer)
    }
    expect(order).toEqual([10, 1, 2])
    await client.leave(worker)
  })
})

describe('able_idle_ms', () => {
  test('is nothing while nobody or only too small a worker is idle', async () => {
    const small = await client.register(1_024)
    const poll = client.poll(small, 900)
    await client.submit({ memory_mb: 4_096 }, 'nobody-able')
    expect((await poll).status).toBe(204)
    const waiting = await client.task('nobody-able')
    expect(waiting).toMatchObject({ state: 'queued', able_idle_ms: 0 })
    const { worker, task } = await nextTask(4_096)
    await client.result(worker, task)
    const done = await client.task('nobody-able')
    expect(Date.parse(done.assigned_at ?? '') - Date.parse(done.accepted_at)).toBeGreaterThan(850)
    expect(done.able_idle_ms).toBeLessThan(100)
    for (const each of [small, worker]) await client.leave(each)
  })
})

describe('the worker that is idle longest', () => {
  test('comes first among those at one gateway', async () => {
    const gateway = new PoolClient(pool, gatewayAddress(pool, 'gateway-1'))
    const workers = [await client.register(), await client.register(), await client.register()]
    const got: string[] = []
    const polls = []
    for (const worker of workers) {
      polls.push(
        gateway
          .poll(worker, 5_000)
          .then(({ body }) => got.push(`${body?.prompt} ${workers.indexOf(worker)}`)),
      )
      await delay(60)
    }
    for (const prompt of ['first', 'second', 'third']) await gateway.submit({ prompt })
    await Promise.all(polls)
    expect(got.sort()).toEqual(['first 0', 'second 1', 'third 2'])
    for (const worker of workers) await client.leave(worker)
  })

  test('is not the one that has just done a task', async () => {
    const gateway = new PoolClient(pool, gatewayAddress(pool, 'gateway-2'))
    const [first, second] = [await client.register(), await client.register()]
    const firstPoll = gateway.poll(first, 5_000)
    await delay(60)
    const secondPoll = gateway.poll(second, 5_000)
    await delay(60)
    await gateway.submit()
    const { body } = await firstPoll
    await gateway.result(first, body as PollAnswer)
    const again = gateway.poll(first, 300)
    await delay(60)
    await gateway.submit({}, 'for-the-second')
    await gateway.result(second, (await secondPoll).body as PollAnswer)
    expect((await again).status).toBe(204)
    expect((await client.task('for-the-second')).worker_id).toBe(second.worker_id)
    for (const worker of [first, second]) await client.leave(worker)
  })

  test('gets a fair share through both gateways', async () => {
    const share = new Map<string, number>()
    let left = 120
    const work = async () => {
      const worker = await client.register()
      share.set(worker.worker_id, 0)
      while (left > 0) {
        const { body } = await client.poll(worker, 300)
        if (!body) continue
        await delay(30)
        await client.result(worker, body)
        share.set(worker.worker_id, (share.get(worker.worker_id) as number) + 1)
        left--
      }
      await client.leave(worker)
    }
    const workers = Array.from({ length: 6 }, work)
    for (let index = 0; index < 120; index++) {
      await client.submit({ client_id: `c${index}` })
      await delay(10)
    }
    await Promise.all(workers)
    expect(Math.min(...share.values()), JSON.stringify([...share.values()])).toBeGreaterThanOrEqual(14)
  })
})

describe('errors', () => {
  const cases: [
    name: string,
    method: string,
    path: string,
    token: 'client' | 'enrol' | 'bad' | null,
    body: unknown,
    status: number,
    code: string,
  ][] = [
    ['no token', 'GET', '/pool/stats', null, undefined, 401, 'unauthorized'],
    ['an unknown token', 'GET', '/pool/stats', 'bad', undefined, 401, 'unauthorized'],
    ['the wrong kind of token', 'GET', '/pool/stats', 'enrol', undefined, 403, 'forbidden'],
    ['an unknown path', 'GET', '/nothing', 'client', undefined, 404, 'not_found'],
    ['an unknown key', 'GET', '/tasks/by-key/never-used', 'client', undefined, 404, 'not_found'],
    ['a wrong method', 'PUT', '/tasks', 'client', {}, 405, 'method_not_allowed'],
    ['a missing field', 'POST', '/workers', 'enrol', { name: 'x', gpu_model: 'x' }, 400, 'malformed_request'],
    [
      'an unknown field',
      'POST',
      '/workers',
      'enrol',
      { name: 'x', gpu_model: 'x', memory_mb: 1, colour: 'red' },
      400,
      'malformed_request',
    ],
    [
      'a field out of range',
      'POST',
      '/workers',
      'enrol',
      { name: 'x', gpu_model: 'x', memory_mb: 0 },
      400,
      'malformed_request',
    ],
    [
      'a number as text',
      'POST',
      '/workers',
      'enrol',
      { name: 'x', gpu_model: 'x', memory_mb: '1' },
      400,
      'malformed_request',
    ],
    [
      'no Idempotency-Key',
      'POST',
      '/tasks',
      'client',
      { client_id: 'x', memory_mb: 1, priority: 1, prompt: '' },
      400,
      'malformed_request',
    ],
  ]
  test.each(cases)('%s', async (_name, method, path, kind, body, status, code) => {
    const tokens = { client: client.clientToken, enrol: client.enrolToken, bad: 'not-a-token' }
    const answer = await client.api<ErrorAnswer>(method, path, {
      ...(kind === null ? {} : { token: tokens[kind] }),
      ...(body === undefined ? {} : { body }),
      headers: { 'x-correlation-id': 'of-this-test' },
    })
    expect(answer.body.error).toMatchObject({ code, correlation_id: 'of-this-test' })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-correlation-id')).toBe('of-this-test')
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST')
  })

  test('a worker may not act for another one', async () => {
    const [one, other] = [await client.register(), await client.register()]
    const answer = await client.poll({ ...one, token: other.token }, 0)
    expect(answer.status).toBe(403)
    const forged = await client.poll({ ...one, token: `${one.worker_id}.forged` }, 0)
    expect(forged.status).toBe(401)
    for (const worker of [one, other]) await client.leave(worker)
  })

  test('a body that is not JSON', async () => {
    const answer = await fetch(`${pool.baseUrl}/api/v1/tasks`, {
      method: 'POST',
      body: '{"client_id":',
      headers: {
        authorization: `Bearer ${client.clientToken}`,
        'content-type': 'application/json',
        'idempotency-key': 'broken',
      },
    })
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as ErrorAnswer).error.code).toBe('malformed_request')
  })
})

describe('the pool as a whole', () => {
  test('carries a correlation id from the request through every service', async () => {
    const worker = await client.register()
    await client.submit({}, 'correlated', { 'x-correlation-id': 'the-submission' })
    const { body } = await client.poll(worker, 5_000)
    const answer = await client.result(worker, body as PollAnswer, { 'x-correlation-id': 'the-result' })
    expect(answer.headers.get('x-correlation-id')).toBe('the-result')
    const gateways = () => pool.log('gateway-1') + pool.log('gateway-2')
    await until('both ids in the gateways’ logs', 3_000, () => {
      return gateways().includes('"the-submission"') && gateways().includes('"the-result"')
    })
    await until('the id in the payout log', 3_000, () => pool.log('payout').includes('"the-result"'))
    await client.leave(worker)
  })

  test('writes no token and no prompt to its logs', async () => {
    const worker = await client.register()
    await client.submit({ prompt: 'a-secret-prompt' })
    const { body } = await client.poll(worker, 5_000)
    await client.result(worker, body as PollAnswer)
    await client.leave(worker)
    const logs = ['gateway-1', 'gateway-2', 'payout', 'balancer'].map((name) => pool.log(name)).join('')
    for (const secret of [worker.token, client.clientToken, client.enrolToken, 'a-secret-prompt'])
      expect(logs).not.toContain(secret)
    expect(logs).toContain(worker.worker_id)
  })

  test('counts what a run left, and nothing when it left nothing', async () => {
    const worker = await client.register(1_024, 'leaver')
    await client.submit({ run: 'leaver' })
    expect((await client.read<Leftovers>('/runs/leaver')).body).toEqual({ workers_alive: 1, tasks_open: 1 })
    const { body } = await client.poll(worker, 5_000)
    await client.result(worker, body as PollAnswer)
    await client.leave(worker)
    expect((await client.read<Leftovers>('/runs/leaver')).body).toEqual({ workers_alive: 0, tasks_open: 0 })
  })

  test('serves a dashboard page that needs nothing else', async () => {
    const answer = await fetch(`${pool.baseUrl}/dashboard`)
    const page = await answer.text()
    expect(answer.headers.get('content-type')).toContain('text/html')
    expect(page).toContain('/api/v1/pool/dashboard')
    expect(page).not.toMatch(/https?:\/\//)
    const data = await client.read<{ tasks: unknown[]; minutes: unknown[] }>('/pool/dashboard')
    expect(data.status).toBe(200)
    expect(data.body.tasks.length).toBeGreaterThan(0)
    expect(data.body.minutes.length).toBeGreaterThan(0)
  })

  test('says that it is live and ready, and how many database connections it holds', async () => {
    expect((await call('GET', `${pool.baseUrl}/health/live`)).status).toBe(200)
    const ready = await call('GET', `${pool.baseUrl}/health/ready`)
    expect(ready.body).toEqual({ status: 'ready', checks: { database: true }, defects: [] })
    for (const { metricsUrl } of pool.testbed.services) {
      if (metricsUrl === undefined) continue
      const metrics = await (await fetch(metricsUrl)).text()
      expect(Number(/^database_connections (\d+)/m.exec(metrics)?.[1])).toBeGreaterThan(0)
    }
  })
})
