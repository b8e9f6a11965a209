import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorAnswer, PollAnswer, PoolStats, RegisterAnswer } from '../../../../systems/cocoon/api.ts'
import { PoolClient } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'

const queueLimit = 12
const submitsPerSecond = 20
const leaseMs = 700
const heartbeatMs = 300

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool({
    gatewayEnv: {
      LEASE_MS: String(leaseMs),
      HEARTBEAT_MS: String(heartbeatMs),
      QUEUE_LIMIT: String(queueLimit),
      CLIENT_SUBMITS_PER_SECOND: String(submitsPerSecond),
      TESTBED_ROUTES: '0',
    },
  })
  client = new PoolClient(pool)
}, 60_000)
afterAll(() => pool?.stop(), 20_000)

async function drain(worker: RegisterAnswer): Promise<number> {
  for (let count = 0; ; count++) {
    const { body } = await client.poll(worker, 0)
    if (!body) return count
    await client.result(worker, body)
  }
}

test('a task whose lease ended goes to another worker, and the late result is refused', async () => {
  await client.submit({}, 'expires')
  const [slow, other] = [await client.register(), await client.register()]
  const first = (await client.poll(slow, 2_000)).body as PollAnswer
  const second = (await client.poll(other, 5_000)).body as PollAnswer
  expect(second.task_id).toBe(first.task_id)
  expect(second.lease_id).not.toBe(first.lease_id)
  const late = await client.result(slow, first)
  expect(late.status).toBe(409)
  expect(late.body.error.code).toBe('lease_lost')
  expect((await client.result(other, second)).status).toBe(200)
  expect(await client.task('expires')).toMatchObject({
    state: 'completed',
    attempts: 2,
    worker_id: other.worker_id,
  })
  for (const worker of [slow, other]) await client.leave(worker)
})

test('a full queue refuses with Retry-After, but still knows what it accepted', async () => {
  const answers = []
  for (let index = 0; index < queueLimit + 3; index++)
    answers.push(await client.submit({ client_id: `client-${index}` }, `filling-${index}`))
  expect(answers.map(({ status }) => status)).toEqual([...Array(queueLimit).fill(201), 503, 503, 503])
  const refused = answers.at(-1)
  expect(refused?.body.error.code).toBe('queue_full')
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await client.submit({ client_id: 'client-0' }, 'filling-0')).status).toBe(200)
  expect((await client.read(`/tasks/by-key/filling-${queueLimit}`)).status).toBe(404)
  const worker = await client.register()
  expect(await drain(worker)).toBe(queueLimit)
  await client.leave(worker)
})

test('a client that sends too fast is refused with Retry-After; another one is not', async () => {
  const worker = await client.register()
  // Both gateways count by themselves, so the pool lets through at most twice the limit.
  const hasty = await Promise.all(
    Array.from({ length: 4 * submitsPerSecond }, (_, index) =>
      client.submit({ client_id: 'hasty' }, `hasty-${index % 10}`),
    ),
  )
  const refused = hasty.filter(({ status }) => status === 429)
  expect(hasty.length - refused.length).toBeLessThanOrEqual(2 * submitsPerSecond)
  expect(refused.length).toBeGreaterThanOrEqual(2 * submitsPerSecond)
  expect(refused[0]?.body.error.code).toBe('rate_limited')
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await client.submit({ client_id: 'patient' })).status).toBe(201)
  await drain(worker)
  await client.leave(worker)
})

test('a worker that is not heard of is no longer alive; one that waits in a poll is', async () => {
  const [waiting, silent] = [await client.register(), await client.register()]
  const alive = async () => (await client.read<PoolStats>('/pool/stats')).body.workers.alive
  expect(await alive()).toBe(2)
  const poll = client.poll(waiting, 4_000)
  await until('the silent worker is given up', 5_000, async () => (await alive()) === 1)
  const heartbeat = await client.api('POST', `/workers/${silent.worker_id}/heartbeat`, {
    token: silent.token,
  })
  expect(heartbeat.status).toBe(200)
  await until('it is counted again', 5_000, async () => (await alive()) === 2)
  await client.submit()
  expect((await poll).status).toBe(200)
  for (const worker of [waiting, silent]) await client.leave(worker)
})

test('a pool that is no testbed has no path that fills it', async () => {
  const options = { token: client.clientToken, body: { tasks: 1 } }
  const { status, body } = await client.api<ErrorAnswer>('POST', '/testbed/history', options)
  expect(status).toBe(404)
  expect(body.error.code).toBe('not_found')
})
