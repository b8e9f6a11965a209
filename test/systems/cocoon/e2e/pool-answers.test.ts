import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ErrorAnswer, Leftovers, PollAnswer } from '../../../../systems/cocoon/api.ts'
import { PoolClient, call } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool()
  client = new PoolClient(pool)
}, 60_000)
afterAll(() => pool?.stop(), 20_000)

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
    const logs = () => ['gateway-1', 'gateway-2', 'payout', 'balancer'].map((name) => pool.log(name)).join('')
    // The line about the leave comes after those about everything before it in the same service.
    await until('the worker’s last request is in the log', 3_000, () =>
      logs().includes(`/workers/${worker.worker_id}"`),
    )
    for (const secret of [worker.token, client.clientToken, client.enrolToken, 'a-secret-prompt'])
      expect(logs().includes(secret)).toBe(false)
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
