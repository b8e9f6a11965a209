// The pool's own task record is evidence, so it is checked first: by workers and clients that look at their own clock.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PollAnswer, RegisterAnswer, Task } from '../../../../systems/cocoon/api.ts'
import { PoolClient, gatewayAddress } from '../e2e/pool-client.ts'
import { startPool, type RunningPool } from '../e2e/pool-harness.ts'
import { until } from '../../../services.ts'
import { measured, triedFor } from '../../../measured.ts'

const toleranceMs = 100
/** The record has whole milliseconds, and so has our clock. */
const roundingMs = 2

/** Something that was done, and when it began and ended by our clock. */
interface Watched<T> {
  from: number
  to: number
  got: T
}

async function watched<T>(doing: () => Promise<T>): Promise<Watched<T>> {
  const from = Date.now()
  const got = await doing()
  return { from, to: Date.now(), got }
}

/** A pool with scripted workers and clients. */
class Ground {
  readonly pool: RunningPool
  /** Speaks to the one address, or to one gateway alone. */
  readonly client: PoolClient
  readonly #workers: RegisterAnswer[] = []
  readonly #open: { worker: RegisterAnswer; task: PollAnswer }[] = []
  #keys = 0

  constructor(pool: RunningPool, address = pool.baseUrl) {
    this.pool = pool
    this.client = new PoolClient(pool, address)
  }

  async worker(memoryMb: number): Promise<RegisterAnswer> {
    const worker = await this.client.register(memoryMb)
    this.#workers.push(worker)
    return worker
  }

  async submit(memoryMb: number): Promise<Watched<string>> {
    const key = `times-${++this.#keys}`
    return watched(async () => {
      const { status } = await this.client.submit({ memory_mb: memoryMb }, key)
      expect(status).toBe(201)
      return key
    })
  }

  async poll(worker: RegisterAnswer, waitMs = 10_000): Promise<Watched<PollAnswer | null>> {
    const poll = await watched(async () => (await this.client.poll(worker, waitMs)).body)
    if (poll.got !== null) this.#open.push({ worker, task: poll.got })
    return poll
  }

  /** Answers what workers hold: those given, or all. */
  async answer(...workers: RegisterAnswer[]): Promise<void> {
    const mine = this.#open.filter(({ worker }) => workers.length === 0 || workers.includes(worker))
    for (const held of mine) {
      this.#open.splice(this.#open.indexOf(held), 1)
      expect((await this.client.result(held.worker, held.task)).status).toBe(200)
    }
  }

  /** So many workers wait in a poll, as the pool sees it. */
  idle(count: number): Promise<void> {
    return until(`${count} workers are idle`, 5000, async () => {
      const { body } = await this.client.read<{ workers: { idle: number } }>('/pool/stats')
      return body.workers.idle === count
    })
  }

  /** What a task's record says: Unix ms, and durations. */
  async record(key: string): Promise<{ accepted: number; assigned: number; waitMs: number; idleMs: number }> {
    const task: Task = await this.client.task(key)
    const [accepted, assigned] = [Date.parse(task.accepted_at), Date.parse(task.assigned_at ?? '')]
    return { accepted, assigned, waitMs: assigned - accepted, idleMs: task.able_idle_ms }
  }

  async clear(): Promise<void> {
    await this.answer()
    for (const worker of this.#workers.splice(0)) await this.client.leave(worker)
  }
}

const passed = (since: number, ms: number): Promise<void> =>
  until(`${ms} ms have passed`, ms + 5000, () => Date.now() - since >= ms)

/** A time lies in the window of what caused it. */
function within(what: string, time: number, { from, to }: Watched<unknown>): void {
  expect(time, `${what} is not before it was asked for`).toBeGreaterThanOrEqual(from - roundingMs)
  expect(time, `${what} is not after it was answered`).toBeLessThanOrEqual(to + roundingMs)
}

function near(what: string, value: number, expected: number): void {
  const words = `${what} is ${value} ms, expected ${expected} ms`
  expect(Math.abs(value - expected), words).toBeLessThanOrEqual(toleranceMs)
}

/** The pool of the tests at hand. */
let ground: Ground

/** A measurement that begins with a pool without workers and tasks. */
const timed = (name: string, measure: () => Promise<void>): void =>
  test(name, { timeout: triedFor(60_000) }, (context) =>
    measured(context, () => measure().finally(() => ground.clear())),
  )

describe('an honest pool', () => {
  beforeAll(async () => {
    ground = new Ground(await startPool())
  }, 60_000)
  afterAll(() => ground?.pool.stop(), 20_000)

  timed('a task that meets an idle worker', async () => {
    const worker = await ground.worker(8192)
    const polling = ground.poll(worker)
    await ground.idle(1)
    const submitted = await ground.submit(1024)
    const poll = await polling
    const record = await ground.record(submitted.got)
    within('accepted_at', record.accepted, submitted)
    within('assigned_at', record.assigned, { ...poll, from: submitted.from })
    expect(record.waitMs).toBeLessThanOrEqual(toleranceMs)
    expect(record.idleMs).toBeLessThanOrEqual(record.waitMs + roundingMs)
  })

  timed('a task that waits for a worker to come: nobody was idle', async () => {
    const submitted = await ground.submit(1024)
    await passed(submitted.to, 600)
    const poll = await ground.poll(await ground.worker(8192))
    const record = await ground.record(submitted.got)
    within('accepted_at', record.accepted, submitted)
    within('assigned_at', record.assigned, poll)
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, 0)
  })

  timed('a task that waits because all able workers are busy: nobody was idle', async () => {
    const workers = await Promise.all([ground.worker(8192), ground.worker(24_576)])
    const firsts = await Promise.all([ground.submit(1024), ground.submit(1024)])
    const held = await Promise.all(workers.map((worker) => ground.poll(worker)))
    expect(held.map(({ got }) => got?.task_id)).not.toContain(undefined)
    const submitted = await ground.submit(8192)
    await passed(submitted.to, 700)
    await ground.answer(workers[0]!)
    const poll = await ground.poll(workers[0]!)
    const record = await ground.record(submitted.got)
    within('assigned_at', record.assigned, poll)
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, 0)
    for (const first of firsts) near('able_idle_ms', (await ground.record(first.got)).idleMs, 0)
  })

  timed('a worker too small for the task is not an able one', async () => {
    const small = await ground.worker(4096)
    const smallPoll = ground.poll(small)
    await ground.idle(1)
    const submitted = await ground.submit(8192)
    await passed(submitted.to, 700)
    const poll = await ground.poll(await ground.worker(8192))
    const record = await ground.record(submitted.got)
    within('assigned_at', record.assigned, poll)
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, 0)
    // It was idle all the while, and able for this one.
    const fitting = await ground.submit(4096)
    const polled = await smallPoll
    within('assigned_at', (await ground.record(fitting.got)).assigned, polled)
  })

  timed('many at once: every record lies in the windows that workers and clients saw', async () => {
    const [workerCount, taskCount] = [4, 60]
    const polls = new Map<string, Watched<PollAnswer | null>>()
    const work = async (worker: RegisterAnswer): Promise<void> => {
      while (polls.size < taskCount) {
        const poll = await ground.poll(worker, 500)
        if (poll.got === null) continue
        polls.set(poll.got.task_id, poll)
        await passed(poll.to, 30)
        await ground.answer(worker)
      }
    }
    const working = Array.from({ length: workerCount }, async () => work(await ground.worker(8192)))
    const submitted = await Promise.all(Array.from({ length: taskCount }, () => ground.submit(2048)))
    await Promise.all(working)
    const waits: number[] = []
    for (const one of submitted) {
      const { task_id } = await ground.client.task(one.got)
      const record = await ground.record(one.got)
      const poll = polls.get(task_id)!
      within('accepted_at', record.accepted, one)
      within('assigned_at', record.assigned, poll)
      expect(record.waitMs).toBeGreaterThanOrEqual(poll.from - one.to - roundingMs)
      expect(record.waitMs).toBeLessThanOrEqual(poll.to - one.from + roundingMs)
      expect(record.idleMs).toBeLessThanOrEqual(toleranceMs)
      waits.push(record.waitMs)
    }
    // Four workers of 30 ms each need longer than that for sixty tasks, so most of them did wait.
    expect(Math.max(...waits)).toBeGreaterThan(300)
  })
})

describe('a pool that lets able workers idle', () => {
  const everyMs = 700
  beforeAll(async () => {
    const pool = await startPool({ defects: [`poll-every-${everyMs}ms`] })
    // Each gateway has ticks of its own.
    ground = new Ground(pool, gatewayAddress(pool, 'gateway-1'))
  }, 60_000)
  afterAll(() => ground?.pool.stop(), 20_000)

  timed('able_idle_ms is the wait of a task beside an idle worker', async () => {
    const workers = await Promise.all([ground.worker(8192), ground.worker(8192)])
    const polling = workers.map((worker) => ground.poll(worker))
    await ground.idle(2)
    await until('a tick is just over', 2 * everyMs, () => Date.now() % everyMs < everyMs / 10)
    // The first one may use up the tick; the second one has to wait for the next.
    await ground.submit(1024)
    const submitted = await ground.submit(1024)
    const polls = await Promise.all(polling)
    const { task_id } = await ground.client.task(submitted.got)
    const poll = polls.find(({ got }) => got?.task_id === task_id)!
    const record = await ground.record(submitted.got)
    expect(poll.to - submitted.to).toBeGreaterThan(everyMs / 2)
    within('accepted_at', record.accepted, submitted)
    within('assigned_at', record.assigned, { ...poll, from: submitted.from })
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, record.waitMs)
  })

  timed('a worker too small for the task may idle beside it', async () => {
    const polling = ground.poll(await ground.worker(4096))
    await ground.idle(1)
    const submitted = await ground.submit(8192)
    await passed(submitted.to, everyMs)
    const poll = await ground.poll(await ground.worker(8192))
    const record = await ground.record(submitted.got)
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, 0)
    await ground.submit(1024)
    await polling
  })
})

describe('a pool that keeps large tasks back', () => {
  beforeAll(async () => {
    ground = new Ground(await startPool({ defects: ['head-of-line-blocking'] }))
  }, 60_000)
  afterAll(() => ground?.pool.stop(), 20_000)

  timed('only the part of a wait counts in which an able worker was there', async () => {
    const submitted = await ground.submit(8192)
    await passed(submitted.to, 1000)
    const poll = await ground.poll(await ground.worker(8192))
    const record = await ground.record(submitted.got)
    within('assigned_at', record.assigned, poll)
    near('the wait', record.waitMs, poll.to - submitted.to)
    near('able_idle_ms', record.idleMs, poll.to - poll.from)
    expect(record.waitMs - record.idleMs).toBeGreaterThan(1000 - toleranceMs)
  })
})
