import { readdir, readlink } from 'node:fs/promises'
import { devNull } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PoolStats, Ready } from '../../../../systems/cocoon/api.ts'
import { PoolClient, call } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'
import { crew, submitSteadily, type Submitted } from './pool-load.ts'

const defects = ['drops-idle-workers', 'no-shedding', 'loses-under-spike', 'leaks-connections']
const queueLimit = 50

let pool: RunningPool
let client: PoolClient

beforeAll(async () => {
  pool = await startPool({ defects, gatewayEnv: { QUEUE_LIMIT: String(queueLimit) } })
  client = new PoolClient(pool)
}, 60_000)
afterAll(() => pool?.stop(), 20_000)

const stats = async () => (await client.read<PoolStats>('/pool/stats')).body
const lostOf = async (submitted: Submitted[]): Promise<number> => {
  const looks = await Promise.all(submitted.map(({ key }) => client.read(`/tasks/by-key/${key}`)))
  return looks.filter(({ status }) => status === 404).length
}

test('the pool says what is planted in it', async () => {
  expect((await call<Ready>('GET', `${pool.baseUrl}/health/ready`)).body.defects).toEqual(defects)
})

test('drops-idle-workers: those who wait are served, but no longer counted', async () => {
  const workers = crew(client, 8, 0)
  await until('the pool counts hardly any', 10_000, async () => (await stats()).workers.alive < 4)
  expect((await client.submit({}, 'served')).status).toBe(201)
  await until('the task is done', 5_000, async () => (await client.task('served')).state === 'completed')
  await workers.stop()
})

test('no-shedding and loses-under-spike: all are accepted, and when many come some are lost', async () => {
  const slow = await submitSteadily(client, { tasks: 20, perSecond: 10 }, 'slow', { max_wait_ms: 0 })
  const fast = await submitSteadily(client, { tasks: 600, perSecond: 120 }, 'fast', { max_wait_ms: 0 })
  expect([...slow, ...fast].filter(({ answer }) => answer.status !== 201)).toEqual([])
  expect(await lostOf(slow)).toBe(0)
  expect(await lostOf(fast)).toBeGreaterThan(0)
  expect((await stats()).tasks.waiting).toBeGreaterThan(queueLimit)
})

test('leaks-connections: the gateways have more files open than before', async () => {
  // Those that the defect opens: connections of the tests before close meanwhile.
  const openFiles = async () => {
    const files = ['gateway-1', 'gateway-2'].map(async (name) => {
      const folder = `/proc/${pool.process(name).pid}/fd`
      const links = (await readdir(folder)).map((file) => readlink(path.join(folder, file)).catch(() => ''))
      return Promise.all(links)
    })
    return (await Promise.all(files)).flat().filter((file) => file === devNull).length
  }
  const submit = async (prefix: string, tasks: number) => {
    for (let index = 0; index < tasks; index++) await client.submit({}, `${prefix}-${index}`)
  }
  await submit('first', 50)
  const before = await openFiles()
  await submit('second', 400)
  expect((await openFiles()) - before).toBeGreaterThanOrEqual(3)
})
