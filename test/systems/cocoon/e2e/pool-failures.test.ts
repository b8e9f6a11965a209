import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorAnswer, PollAnswer, PoolStats, Ready } from '../../../../systems/cocoon/api.ts'
import { PoolClient, call } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool({ defects: ['head-of-line-blocking', 'slow-dashboard'] })
  client = new PoolClient(pool)
}, 60_000)
afterAll(() => pool?.stop(), 20_000)

interface Summary {
  entries: number
  gross_nanoton: string
  outbox_waiting: number
}
const summary = async () => (await client.read<Summary>('/ledger/summary')).body

test('every completed task is booked once, also when the payout service is killed meanwhile', async () => {
  const worker = await client.register()
  const tasks = 30
  for (let index = 0; index < tasks; index++) {
    await client.submit({ memory_mb: 2_048 })
    const { body } = await client.poll(worker, 5_000)
    await client.result(worker, body as PollAnswer)
    await client.result(worker, body as PollAnswer)
    if (index === 10) await pool.end('payout', 'SIGKILL')
  }
  await pool.start('payout')
  await until('everything is booked', 5_000, async () => (await summary()).outbox_waiting === 0)
  expect(await summary()).toMatchObject({ entries: tasks, gross_nanoton: String(tasks * 2 * 600_011) })
  await client.leave(worker)
})

test('a planted defect is named in the log and in /health/ready, and does what it says', async () => {
  const ready = await call<Ready>('GET', `${pool.baseUrl}/health/ready`)
  expect(ready.body.defects).toEqual(['head-of-line-blocking', 'slow-dashboard'])
  expect(pool.log('gateway-1')).toContain('PLANTED DEFECTS ARE ON')
  expect((await client.read('/pool/dashboard')).ms).toBeGreaterThan(1_150)
  expect((await client.read('/pool/stats')).ms).toBeLessThan(1_000)
})

test('able_idle_ms grows while a task waits beside an able worker that is idle', async () => {
  const worker = await client.register(24_576)
  const poll = client.poll(worker, 10_000)
  // A poll that came after the task would take it at once.
  const idle = async () => (await client.read<PoolStats>('/pool/stats')).body.workers.idle
  await until('the worker waits', 5_000, async () => (await idle()) > 0)
  const submittedAt = Date.now()
  const key = `kept-waiting-${submittedAt}`
  await client.submit({ memory_mb: 8_192 }, key)
  await until('the task has waited for a second', 5_000, () => Date.now() - submittedAt > 1_000)
  const waiting = await client.task(key)
  const waitedMs = Date.now() - submittedAt
  expect(waiting.state).toBe('queued')
  expect(waiting.able_idle_ms).toBeGreaterThan(800)
  expect(waiting.able_idle_ms).toBeLessThanOrEqual(waitedMs + 1)
  const { body } = await poll
  await client.result(worker, body as PollAnswer)
  const done = await client.task(key)
  const wait = Date.parse(done.assigned_at ?? '') - Date.parse(done.accepted_at)
  expect(wait).toBeGreaterThan(2_400)
  expect(Math.abs(done.able_idle_ms - wait)).toBeLessThan(100)
  await client.leave(worker)
})

test('when a gateway is killed the other one takes over within two seconds', async () => {
  await pool.end('gateway-1', 'SIGKILL')
  const reads = await Promise.all(Array.from({ length: 20 }, () => client.read('/pool/stats')))
  expect(reads.every(({ status }) => status === 200)).toBe(true)
  await until('the balancer noticed', 2_000, async () => {
    const { body } = await call<{ upstreams: { up: boolean }[] }>('GET', `${pool.baseUrl}/balancer/health`)
    return body.upstreams.filter(({ up }) => up).length === 1
  })
  const worker = await client.register()
  for (let index = 0; index < 10; index++) {
    expect((await client.submit()).status).toBe(201)
    const { body } = await client.poll(worker, 5_000)
    expect((await client.result(worker, body as PollAnswer)).status).toBe(200)
  }
  await client.leave(worker)
  await pool.start('gateway-1')
})

test('without its database the pool is live, not ready, and well again when the database is back', async () => {
  await pool.end('postgres', 'SIGINT')
  expect((await call('GET', `${pool.baseUrl}/health/live`)).status).toBe(200)
  const ready = await call<Ready>('GET', `${pool.baseUrl}/health/ready`)
  expect(ready.status).toBe(503)
  expect(ready.body).toMatchObject({ status: 'not_ready', checks: { database: false } })
  const refused = await client.read<ErrorAnswer>('/pool/stats')
  expect(refused.status).toBe(503)
  expect(refused.body.error.code).toBe('not_ready')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  await pool.start('postgres')
  await until('the pool is ready again', 10_000, async () => {
    return (await call('GET', `${pool.baseUrl}/health/ready`)).status === 200
  })
  const worker = await client.register()
  const poll = client.poll(worker, 10_000)
  expect((await client.submit()).status).toBe(201)
  expect((await poll).status).toBe(200)
  await client.leave(worker)
}, 30_000)
