import type pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  Dashboard,
  ErrorAnswer,
  HistoryAnswer,
  PollAnswer,
  PoolStats,
} from '../../../../systems/cocoon/api.ts'
import { schema } from '../../../../testbed/cocoon/schema.ts'
import { openDatabase, type Database } from '../../../../testbed/service/database.ts'
import { Statistics } from '../../../../testbed/cocoon/statistics.ts'
import { PoolClient } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { quantile } from './pool-load.ts'

let pool: RunningPool
let client: PoolClient
let database: Database

beforeAll(async () => {
  pool = await startPool()
  client = new PoolClient(pool)
  const { env } = pool.testbed.services.find(({ name }) => name === 'gateway-1') ?? {}
  const log = pino({ level: 'silent' })
  database = openDatabase({
    schema,
    url: env?.['DATABASE_URL'] ?? '',
    program: 'assay-test',
    connections: 1,
    log,
  })
}, 60_000)
afterAll(async () => {
  await database?.close()
  await pool?.stop()
}, 20_000)

const grow = (tasks: number) =>
  client.api<HistoryAnswer & ErrorAnswer>('POST', '/testbed/history', {
    token: client.clientToken,
    body: { tasks },
  })
const stats = async () => (await client.read<PoolStats>('/pool/stats')).body
const rows = async <Row extends pg.QueryResultRow>(text: string): Promise<Row[]> =>
  database.query<Row>('', text)

/** Does all that a worker and a client do with one task. */
async function oneTask(): Promise<void> {
  const worker = await client.register()
  await client.submit()
  const { body } = await client.poll(worker, 5_000)
  expect((await client.result(worker, body as PollAnswer)).status).toBe(200)
  await client.leave(worker)
}

const pastTasks = async (): Promise<number> => {
  const [past] = await rows<{ tasks: number }>(
    `SELECT count(*)::int AS tasks FROM tasks WHERE run = 'history'`,
  )
  return past?.tasks ?? 0
}

test('the history grows by what was asked for, booked and out of the way, while others are served', async () => {
  await oneTask()
  // A second attempt of this test finds what the first one left.
  const before = { past: await pastTasks(), tasks: (await stats()).tasks }
  const first = (await grow(1_000)).body
  expect(await pastTasks()).toBe(before.past + 1_000)
  const growing = grow(60_000)
  const waits: number[] = []
  let done = false
  void growing.then(() => (done = true))
  while (!done) waits.push((await client.submit()).ms)
  const second = (await growing).body
  expect(await pastTasks()).toBe(before.past + 61_000)
  // What was submitted between the count and its arrival here is not in it.
  const grown = second.tasks - first.tasks
  expect(grown).toBeGreaterThan(60_000)
  expect(grown).toBeLessThanOrEqual(60_000 + waits.length)
  expect(waits.length).toBeGreaterThan(10)
  expect(quantile(waits, 0.95)).toBeLessThan(1_000)
  const bytesPerTask = (second.bytes - first.bytes) / grown
  expect(bytesPerTask).toBeGreaterThan(200)
  expect(bytesPerTask).toBeLessThan(2_000)
  const [booked] = await rows<{ entries: number; foreign: number }>(
    `SELECT count(*) AS entries, count(*) FILTER (WHERE NOT EXISTS (SELECT 1 FROM tasks
       WHERE tasks.task_id = earnings.task_id AND state = 'completed')) AS foreign FROM earnings`,
  )
  expect(booked?.foreign).toBe(0)
  expect(booked?.entries).toBeGreaterThanOrEqual(before.past + 61_000)
  // It is no part of what the pool counts as its work, and waits for nobody.
  expect((await stats()).tasks).toMatchObject({
    waiting: before.tasks.waiting + waits.length,
    completed: before.tasks.completed,
  })
  const [past] = await rows<{ key: string }>(
    `SELECT idempotency_key AS key FROM tasks WHERE run = 'history' ORDER BY random() LIMIT 1`,
  )
  expect(await client.task(past?.key ?? '')).toMatchObject({ state: 'completed', attempts: 1 })
}, 60_000)

test.each([0, 3_000_000, 1.5, 'many'])('a history of %j tasks is malformed', async (tasks) => {
  const answer = await grow(tasks as number)
  expect(answer.status).toBe(400)
  expect(answer.body.error.code).toBe('malformed_request')
})

test('old minutes become one, and nothing that is counted changes', async () => {
  await rows(
    `INSERT INTO task_minutes (minute, writer, kind, tasks, wait_ms)
     SELECT date_trunc('minute', clock_timestamp()) - number * interval '1 minute', 'gateway-1', kind, 3, 30
     FROM generate_series(50, 149) AS number, unnest('{accepted,completed}'::text[]) AS kind`,
  )
  const count = async () => (await rows(`SELECT 1 FROM task_minutes WHERE writer = 'gateway-1'`)).length
  const [statsBefore, countBefore] = [await stats(), await count()]
  const statistics = new Statistics(database, 10_000)
  await statistics.foldMinutes('gateway-1')
  await statistics.foldMinutes('gateway-1')
  expect((await stats()).tasks).toEqual(statsBefore.tasks)
  expect(await count()).toBeLessThan(countBefore - 150)
  const { minutes } = (await client.read<Dashboard>('/pool/dashboard')).body
  expect(minutes.every(({ minute }) => Date.parse(minute) > Date.now() - 3_600_000)).toBe(true)
  expect((await rows(`SELECT 1 FROM ${schema}.task_minutes WHERE minute = 'epoch'`)).length).toBe(2)
})
