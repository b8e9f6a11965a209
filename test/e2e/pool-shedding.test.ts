import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PoolStats, Task } from '../../systems/cocoon/api.ts'
import { PoolClient } from './pool-client.ts'
import { startPool, until, type RunningPool } from './pool-harness.ts'
import { crew, quantile, submitSteadily } from './pool-load.ts'

let pool: RunningPool
let client: PoolClient

/** One that nobody has asked yet: what it refuses follows from what it has seen. */
beforeEach(async () => {
  pool = await startPool()
  client = new PoolClient(pool)
}, 60_000)
afterEach(() => pool?.stop(), 20_000)

const stats = async () => (await client.read<PoolStats>('/pool/stats')).body

test('whoever finds an idle worker is not refused, however little patience there is', async () => {
  // None was completed lately: nobody knows how fast the pool is, and a hurry is no reason to refuse.
  const unknown = await Promise.all(
    Array.from({ length: 30 }, (_, index) => client.submit({ max_wait_ms: 0 }, `unknown-${index}`)),
  )
  expect(unknown.map(({ status }) => status)).toEqual(Array(30).fill(201))
  const workers = crew(client, 40, 0)
  await until('these are done', 5_000, async () => (await stats()).tasks.completed === 30)
  await until('all workers wait', 5_000, async () => (await stats()).workers.idle === workers.count)
  // Now the rate is known, and a second's worth of it is less than what comes at once.
  for (let round = 0; round < 5; round++) {
    const burst = await Promise.all(
      Array.from({ length: 10 }, (_, index) => client.submit({ max_wait_ms: 0 }, `burst-${round}-${index}`)),
    )
    expect(burst.map(({ status }) => status)).toEqual(Array(10).fill(201))
  }
  await workers.stop()
})

test('twice what the pool can do: the rest is refused quickly, and what is accepted waits no longer than it said', async () => {
  const [workMs, maxWaitMs, perSecond, tasks] = [200, 600, 100, 600]
  const workers = crew(client, 10, workMs)
  const before = (await stats()).tasks.completed
  const submitted = await submitSteadily(client, { tasks, perSecond }, 'twice', { max_wait_ms: maxWaitMs })
  const seconds = tasks / perSecond
  const rate = ((await stats()).tasks.completed - before) / seconds
  const refused = submitted.filter(({ answer }) => answer.status === 503)
  const accepted = submitted.filter(({ answer }) => answer.status === 201)
  expect(refused.length + accepted.length).toBe(tasks)
  expect(refused.length / tasks).toBeGreaterThan(0.3)
  expect(refused.every(({ answer }) => answer.body.error.code === 'queue_full')).toBe(true)
  expect(refused.every(({ answer }) => Number(answer.headers.get('retry-after')) > 0)).toBe(true)
  const refusalMs = refused.map(({ answer }) => answer.ms)
  expect(quantile(refusalMs, 0.95)).toBeLessThan(500)
  // Workers take some time between two tasks, so the pool does a little less than they could.
  expect(rate).toBeGreaterThan((0.6 * (workers.count * 1_000)) / workMs)
  await until('everything accepted has ended', 10_000, async () => (await stats()).tasks.waiting === 0)
  await workers.stop()
  const ends = await Promise.all(accepted.map(({ key }) => client.task(key)))
  expect(ends.filter(({ state }) => state !== 'completed')).toEqual([])
  // While the rate was not yet known nobody could be refused, and the first of the accepted had to wait for those.
  const waits = ends.slice(ends.length / 2).map(waitMs)
  expect(quantile(waits, 0.95)).toBeLessThan(2 * maxWaitMs)
  const again = await client.submit({ max_wait_ms: maxWaitMs }, accepted[0]?.key ?? '')
  expect(again.status).toBe(200)
})

const waitMs = ({ accepted_at, assigned_at }: Task): number =>
  Date.parse(assigned_at ?? '') - Date.parse(accepted_at)
