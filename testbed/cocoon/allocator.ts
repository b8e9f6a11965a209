// Brings waiting tasks and waiting workers together. Each gateway allocates to the workers that poll it; the queue is
// the database's, and SKIP LOCKED keeps two gateways from taking the same task.
import type { FastifyBaseLogger } from 'fastify'
import type { PollAnswer } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from '../service/database.ts'
import type { Defect, IdleWorker } from './defect.ts'
import { pollAnswerOf, type HeldTaskRow } from './held-task.ts'
import { Polls, longestIdleByMemory, type Poll } from './polls.ts'

const tasksChannel = 'assay_cocoon_tasks'

/** While tasks wait although workers are idle, this is how often that is looked at and recorded. */
const watchEveryMs = 50
/** A notification may get lost with its connection; so seldom the queue is looked at without one. */
const lookAnywayEveryMs = 500
/** Most workers offered to the queue in one statement. */
const mostOffers = 32

interface ClaimRow extends HeldTaskRow {
  worker_id: string
}

const claim = 'SELECT * FROM claim_tasks($1::text[], $2::int[], $3::int[], $4::int[], $5::int)'

const recordIdle = `
INSERT INTO idle_spans (poll_id, memory_mb, starts, ends)
SELECT poll_id, memory_mb, moment - idle_ms * interval '1 millisecond', moment
FROM unnest($1::text[], $2::int[], $3::int[]) AS poller(poll_id, memory_mb, idle_ms), clock_timestamp() AS moment
WHERE EXISTS (SELECT 1 FROM tasks WHERE state = 'queued' AND memory_mb <= poller.memory_mb)
ON CONFLICT (poll_id) DO UPDATE SET ends = excluded.ends
RETURNING poll_id`

export interface AllocatorOptions {
  database: Database
  log: FastifyBaseLogger
  leaseMs: number
  defects: Defect[]
  /** Puts a task back whose worker went away before it could be told. */
  undo: (taskId: string, leaseId: string) => Promise<void>
}

export class Allocator {
  readonly #options: AllocatorOptions
  readonly #polls = new Polls()
  readonly #timers: NodeJS.Timeout[]
  #running = false
  #again = false
  /** True while it is not known that no task waits for one of the idle workers. */
  #tasksMayWait = true
  #watching = false
  /** True while tasks were accepted here of which it is not known that workers here took them. */
  #othersMayHelp = false
  readonly #telling: Batch<void, void>
  #lastSubmitAt = 0

  constructor(options: AllocatorOptions) {
    this.#options = options
    this.#telling = new Batch(async (items) => {
      await options.database.queryLazily('tell-others', `SELECT pg_notify('${tasksChannel}', '')`)
      return items
    })
    options.database.listen(tasksChannel, () => this.wake())
    this.#timers = [
      setInterval(() => void this.#watch(), watchEveryMs),
      setInterval(() => {
        if (this.#polls.size > 0) this.wake()
        this.#polls.forgetOld()
      }, lookAnywayEveryMs),
    ]
  }

  /** Workers that wait in a poll here. */
  get idleWorkers(): number {
    return this.#polls.size
  }

  idleWorkerIds(): Iterable<string> {
    return this.#polls.workerIds()
  }

  /** Says that a task may be waiting. */
  wake(): void {
    this.#tasksMayWait = true
    if (this.#polls.size > 0) void this.#run()
  }

  /**
   * As wake, for a task that this gateway accepted. The other gateways are told only when the idle workers here cannot
   * take it.
   */
  submitted(memoryMb: number): void {
    this.#lastSubmitAt = performance.now()
    this.#othersMayHelp = true
    if (memoryMb > this.#polls.largestMemoryMb()) this.tellOthers()
    this.wake()
  }

  tellOthers(): void {
    this.#othersMayHelp = false
    this.#telling
      .add()
      .catch((error: Error) =>
        this.#options.log.warn({ reason: error.message }, 'the other gateways were not told'),
      )
  }

  /**
   * Waits for a task for at most `waitMs`. A second poll of the same worker ends the first one empty.
   * `whenGone` registers what to call when the worker hangs up.
   */
  poll(
    worker: { workerId: string; memoryMb: number },
    waitMs: number,
    whenGone: (gone: () => void) => void,
  ): Promise<PollAnswer | null> {
    return new Promise((answer) => {
      const poll = this.#polls.add(worker, waitMs, answer)
      whenGone(() => this.#polls.end(poll, 'gone'))
      void this.#run()
    })
  }

  /** Ends the worker's poll, if it has one here. */
  dismiss(workerId: string): void {
    this.#polls.dismiss(workerId)
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
    this.#polls.endAll()
  }

  async #run(): Promise<void> {
    if (this.#running) {
      this.#again = true
      return
    }
    this.#running = true
    try {
      do {
        this.#again = false
        await this.#round()
      } while (this.#again && this.#polls.size > 0)
    } catch (error) {
      this.#options.log.warn(
        { reason: (error as Error).message },
        'tasks could not be handed out; tried again soon',
      )
    } finally {
      this.#running = false
      if (this.#othersMayHelp && this.#polls.size === 0) this.tellOthers()
    }
  }

  async #round(): Promise<void> {
    const idle = this.#polls.inOrder()
    try {
      const offers = some(await this.#offers(idle))
      const given = new Map<string, ClaimRow>()
      for (const poll of idle) poll.wasOffered = true
      if (offers.length === 0) return
      for (const poll of idle) poll.isBeingOffered = true
      for (const row of await this.#claim(offers, idle)) given.set(row.worker_id, row)
      for (const poll of idle) {
        const row = given.get(poll.workerId)
        if (row) this.#give(poll, row)
      }
      this.#learn(offers, given)
    } finally {
      for (const poll of idle) {
        poll.isBeingOffered = false
        if (poll.ends) this.#polls.finish(poll, null)
      }
    }
  }

  /** What the round says about the queue: whoever got nothing proves that nothing waits that would fit. */
  #learn(offers: IdleWorker[], given: Map<string, ClaimRow>): void {
    const empty = Math.max(
      0,
      ...offers.filter((offer) => !given.has(offer.workerId)).map((offer) => offer.memoryMb),
    )
    const largest = this.#polls.largestMemoryMb()
    if (given.size > 0 && empty < largest) this.#again = true
    if (this.#again) return
    if (empty >= largest) this.#tasksMayWait = false
    if (this.#othersMayHelp && empty === 0) this.tellOthers()
    this.#othersMayHelp = false
  }

  async #offers(idle: Poll[]): Promise<IdleWorker[]> {
    if (this.#options.defects.length === 0) return idle
    let offers: IdleWorker[] = idle
    for (const defect of this.#options.defects) {
      if (!defect.offers) continue
      const view = {
        now: performance.now(),
        database: this.#options.database,
        lastSubmitAt: this.#lastSubmitAt,
      }
      offers = await defect.offers(offers, view)
    }
    // A defect may have taken its time, and some polls may have ended meanwhile.
    return offers.filter((offer) => this.#polls.of(offer.workerId) !== undefined)
  }

  #claim(offers: IdleWorker[], idle: Poll[]): Promise<ClaimRow[]> {
    const now = performance.now()
    const front = longestIdleByMemory(idle)
    return this.#options.database.query<ClaimRow>('claim-tasks', claim, [
      offers.map((offer) => offer.workerId),
      offers.map((offer) => offer.memoryMb),
      front.map((poll) => poll.memoryMb),
      front.map((poll) => Math.round(now - poll.waitingSince)),
      this.#options.leaseMs,
    ])
  }

  #give(poll: Poll, row: ClaimRow): void {
    if (poll.ends === 'gone' || poll.isAnswered) {
      this.#polls.finish(poll, null)
      void this.#options
        .undo(String(row.task_id), row.lease_id)
        .then(() => {
          this.tellOthers()
          this.wake()
        })
        .catch(() =>
          this.#options.log.warn({ task_id: row.task_id }, 'the lease of a worker that hung up runs out'),
        )
      return
    }
    this.#polls.finish(poll, pollAnswerOf(row))
  }

  /** Records who is idle while tasks wait, and tries again to hand them out. Costs nothing when either side is empty. */
  async #watch(): Promise<void> {
    if (!this.#tasksMayWait || this.#polls.size === 0 || this.#watching) return
    this.#watching = true
    try {
      const now = performance.now()
      const front = longestIdleByMemory(this.#polls.inOrder())
      this.#tasksMayWait = false
      const waiting = await this.#options.database.queryLazily('record-idle', recordIdle, [
        front.map((poll) => poll.pollId),
        front.map((poll) => poll.memoryMb),
        front.map((poll) => Math.round(now - poll.waitingSince)),
      ])
      if (waiting.length > 0) this.wake()
    } catch {
      this.#tasksMayWait = true
    } finally {
      this.#watching = false
    }
  }
}

/** The first offers, and the first of each memory size: one of them fits if any of all would. */
function some(offers: IdleWorker[]): IdleWorker[] {
  if (offers.length <= mostOffers) return offers
  const sizes = new Set<number>()
  return offers.filter(({ memoryMb }, index) => {
    const isFirstOfSize = !sizes.has(memoryMb)
    sizes.add(memoryMb)
    return index < mostOffers || isFirstOfSize
  })
}
