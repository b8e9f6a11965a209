import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PollAnswer, PoolStats, RegisterAnswer } from '../../../../systems/cocoon/api.ts'
import { PoolClient, gatewayAddress } from './pool-client.ts'
import { startPool, type RunningPool } from './pool-harness.ts'
import { until } from '../../../services.ts'

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
    const polls = []
    for (const worker of workers) {
      polls.push(gateway.poll(worker, 5_000))
      await delay(60)
    }
    for (const prompt of ['first', 'second', 'third']) await gateway.submit({ prompt })
    const got = (await Promise.all(polls)).map(({ body }) => body as PollAnswer)
    expect(got.map(({ prompt }) => prompt)).toEqual(['first', 'second', 'third'])
    for (const [index, worker] of workers.entries()) {
      await client.result(worker, got[index] as PollAnswer)
      await client.leave(worker)
    }
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
