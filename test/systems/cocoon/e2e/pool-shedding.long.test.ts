// Overload as clients of the pool see it, by the clock.
import { expect, test } from 'vitest'
import type { PoolStats, Task } from '../../../../systems/cocoon/api.ts'
import { measured, triedFor } from '../../../measured.ts'
import { PoolClient } from './pool-client.ts'
import { startPool } from './pool-harness.ts'
import { until } from '../../../services.ts'
import { crew, quantile, submitSteadily } from './pool-load.ts'

const waitMs = ({ accepted_at, assigned_at }: Task): number =>
  Date.parse(assigned_at ?? '') - Date.parse(accepted_at)

async function expectShedding(client: PoolClient): Promise<void> {
  const stats = async () => (await client.read<PoolStats>('/pool/stats')).body
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
}

test(
  'twice what the pool can do: the rest is refused quickly, and what is accepted waits no longer than it said',
  { timeout: triedFor(60_000) },
  (context) =>
    measured(context, async () => {
      // One that nobody has asked yet: what it refuses follows from what it has seen.
      const pool = await startPool()
      try {
        await expectShedding(new PoolClient(pool))
      } finally {
        await pool.stop()
      }
    }),
)
