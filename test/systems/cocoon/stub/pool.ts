// The honest pool of the tests: it keeps the contract, in one process and in memory. What it does otherwise is a behaviour.
import { randomUUID } from 'node:crypto'
import { answer, errorAnswer } from './behaviour.ts'
import type { Answer, Asked, Behaviour, Manner, View } from './behaviour.ts'
import { IdleClock } from './idle-clock.ts'

export interface StubTask {
  readonly id: string
  readonly key: string
  readonly clientId: string
  readonly memoryMb: number
  readonly priority: number
  readonly prompt: string
  readonly run: string
  /** What waiting counts for each step of its priority. */
  readonly msPerPriority: number
  state: 'queued' | 'running' | 'completed' | 'failed'
  accepted: number
  assigned: number | null
  ended: number | null
  /** When it was given away last. */
  given: number
  attempts: number
  worker: string | null
  lease: string | null
  reason: string | null
  /** What it has waited for while able workers waited, and the clock's reading since which it waits now. */
  ableIdleMs: number
  idleFrom: number
  /** Kept from workers until a timer has passed. */
  held: boolean
  record: { waitedMs: number; ableIdleMs: number } | undefined
}

interface StubWorker {
  readonly id: string
  readonly token: string
  readonly memoryMb: number
  readonly run: string
  heardAt: number
  completed: number
}

type Give = (task: StubTask | null) => void

const usual: Manner = {
  heartbeatMs: 5000,
  leaseMs: 30_000,
  msPerPriority: 500,
  showsPrompt: true,
  repeatStatus: 200,
  clockAheadMs: 0,
  textOf: (time) => new Date(time).toISOString(),
  idOf: () => randomUUID(),
  statsForMs: 0,
  delayMs: 0,
}

const notFound = errorAnswer(404, 'not_found')
const leaseLost = errorAnswer(409, 'lease_lost')
/** How much the latest task counts in the mean time of work. */
const latestCounts = 0.05
const leasesLookedAtMs = 250
const dashboardRows = 10
/** The least urgent tasks must not wait for longer than their clients are willing to, whoever overtakes them. */
const prioritySteps = 10
const patienceMsOf = ({ max_wait_ms: ms }: Record<string, unknown>): number =>
  typeof ms === 'number' ? ms : Infinity
const idIn = (path: string): string => path.split('/')[4] ?? ''

export class Pool {
  readonly tasks = new Map<string, StubTask>()
  readonly byId = new Map<string, StubTask>()
  readonly workers = new Map<string, StubWorker>()
  readonly manner: Manner
  /** Tasks ever accepted, completed and failed. */
  readonly counts = { accepted: 0, completed: 0, failed: 0 }
  readonly #behaviours: Behaviour[]
  /** Those that workers may get, first come first. */
  readonly #queue: StubTask[] = []
  readonly #running = new Set<StubTask>()
  /** In the state queued, those among them that are kept from workers. */
  readonly #waiting = new Set<StubTask>()
  /** Open polls, longest wait first. */
  readonly #polls = new Map<string, Give>()
  readonly #idle = new IdleClock()
  readonly #timers = new Set<NodeJS.Timeout>()
  #meanWorkMs = 0
  #ids = 0
  #stats: { at: number; body: unknown } | null = null

  constructor(behaviours: Behaviour[] = []) {
    this.#behaviours = behaviours
    this.manner = Object.assign({}, usual, ...behaviours.map(({ manner }) => manner))
    const sweep = setInterval(() => this.#takeBackLate(), leasesLookedAtMs)
    sweep.unref()
    this.#timers.add(sweep)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const give of this.#polls.values()) give(null)
  }

  now = (): number => Date.now()
  #newId = (): string => this.manner.idOf(++this.#ids)

  /** A moment as the pool writes it. */
  text(time: number | null): string | null {
    return time === null ? null : this.manner.textOf(time + this.manner.clockAheadMs)
  }

  // What workers ask.

  register({ body }: Asked): Answer {
    const id = this.#newId()
    const { heartbeatMs, leaseMs } = this.manner
    const [memoryMb, run] = [Number(body['memory_mb'] ?? Infinity), String(body['run'] ?? '')]
    const worker: StubWorker = { id, token: randomUUID(), memoryMb, run, heardAt: this.now(), completed: 0 }
    this.workers.set(id, worker)
    const terms = { heartbeat_interval_ms: heartbeatMs, lease_ms: leaseMs }
    return answer(201, { worker_id: id, token: worker.token, ...terms })
  }

  heartbeat(asked: Asked): Answer {
    if (this.#heard(asked) === undefined) return notFound
    return answer(200, { status: 'active', next_heartbeat_ms: this.manner.heartbeatMs })
  }

  leave({ path }: Asked): Answer {
    const id = idIn(path)
    this.#polls.get(id)?.(null)
    this.workers.delete(id)
    for (const task of this.#running) if (task.worker === id) this.takeBack(task)
    return answer(204)
  }

  async poll(asked: Asked): Promise<Answer> {
    const worker = this.#heard(asked)
    if (worker === undefined) return notFound
    this.#polls.get(worker.id)?.(null)
    const place = this.#queue.findIndex(({ memoryMb }) => memoryMb <= worker.memoryMb)
    const task =
      place >= 0
        ? this.assign(this.#queue.splice(place, 1)[0]!, worker.id)
        : await this.#nextFor(worker, Number(asked.body['wait_ms'] ?? 0), asked)
    worker.heardAt = this.now()
    return task === null ? answer(204) : this.giving(task)
  }

  /** The answer that gives a worker this task. */
  giving(task: StubTask): Answer {
    const { id, lease, given, memoryMb, priority, prompt } = task
    const lease_expires_at = this.text(given + this.manner.leaseMs)
    const body = { task_id: id, lease_id: lease, lease_expires_at, memory_mb: memoryMb, priority }
    return { ...answer(200, this.manner.showsPrompt ? { ...body, prompt } : body), gives: task }
  }

  result({ path, body, token }: Asked): Answer {
    const task = this.byId.get(idIn(path))
    if (task === undefined) return notFound
    const worker = [...this.workers.values()].find((one) => one.token === token)
    if (worker !== undefined) worker.heardAt = this.now()
    if (body['lease_id'] !== undefined && body['lease_id'] !== task.lease) return leaseLost
    const duplicate = task.state === 'completed'
    if (!duplicate) this.end(task, 'completed')
    return answer(200, { task_id: task.id, state: 'completed', duplicate })
  }

  // What clients ask.

  submit({ body, key }: Asked, record?: StubTask['record']): Answer {
    if (key === '') return errorAnswer(400, 'malformed_request')
    const known = this.tasks.get(key)
    if (known !== undefined)
      return isSame(known, body)
        ? answer(this.manner.repeatStatus, this.view(known))
        : errorAnswer(409, 'key_reused')
    if (this.#expectedWaitMs() > patienceMsOf(body))
      return errorAnswer(503, 'queue_full', { 'Retry-After': '1' })
    return answer(201, this.view(this.accept(key, body, record)))
  }

  /** Takes a task in. The view of it is to be made before anybody else has a turn. */
  accept(key: string, body: Record<string, unknown>, record?: StubTask['record']): StubTask {
    const task: StubTask = {
      id: this.#newId(),
      key,
      clientId: String(body['client_id']),
      memoryMb: Number(body['memory_mb']),
      priority: Number(body['priority']),
      prompt: String(body['prompt'] ?? ''),
      run: String(body['run'] ?? ''),
      msPerPriority: Math.min(this.manner.msPerPriority, patienceMsOf(body) / prioritySteps),
      state: 'queued',
      accepted: this.now(),
      assigned: null,
      ended: null,
      given: 0,
      attempts: 0,
      worker: null,
      lease: null,
      reason: null,
      ableIdleMs: 0,
      idleFrom: 0,
      held: false,
      record,
    }
    this.tasks.set(key, task)
    this.byId.set(task.id, task)
    this.counts.accepted++
    this.#wait(task)
    return task
  }

  /** Another task of a key that shows the first one from then on, too. No honest pool has one. */
  acceptAgain(key: string, body: Record<string, unknown>): StubTask {
    const first = this.tasks.get(key)
    const second = this.accept(key, body)
    if (first !== undefined) this.tasks.set(key, first)
    return second
  }

  status({ path }: Asked): Answer {
    const task = this.tasks.get(path.split('/').at(-1) ?? '')
    return task === undefined ? notFound : answer(200, this.view(task))
  }

  page(): Answer {
    return answer(200, 'any text is a page')
  }

  stats(): Answer {
    const now = this.now()
    if (this.#stats === null || now - this.#stats.at >= this.manner.statsForMs)
      this.#stats = { at: now, body: this.#figures(now) }
    return answer(200, this.#stats.body)
  }

  dashboard(): Answer {
    const tasks = [...this.tasks.values()].slice(-dashboardRows).map((task) => this.view(task))
    const workers = [...this.workers.values()].slice(-dashboardRows).map((worker) => ({
      worker_id: worker.id,
      name: worker.id,
      memory_mb: worker.memoryMb,
      completed: worker.completed,
      alive: this.#isAlive(worker),
    }))
    return answer(200, { stats: this.stats().body, workers, tasks, minutes: [] })
  }

  leftovers({ path }: Asked): Answer {
    const run = path.split('/').at(-1)
    const workers = [...this.workers.values()].filter((one) => one.run === run && this.#isAlive(one))
    const open = [...this.tasks.values()].filter((task) => task.run === run && task.ended === null)
    return answer(200, { workers_alive: workers.length, tasks_open: open.length })
  }

  // What becomes of tasks.

  view(task: StubTask): View {
    const { record, accepted, assigned, state } = task
    const recorded = record === undefined || assigned === null ? assigned : accepted + record.waitedMs
    const now = this.now()
    const waitingMs = state === 'queued' ? this.#idle.read(task.memoryMb, now) - task.idleFrom : 0
    const view: View = {
      task_id: task.id,
      idempotency_key: task.key,
      client_id: task.clientId,
      state,
      memory_mb: task.memoryMb,
      priority: task.priority,
      accepted_at: this.text(accepted),
      assigned_at: this.text(recorded),
      ended_at: this.text(task.ended),
      able_idle_ms: record?.ableIdleMs ?? task.ableIdleMs + waitingMs,
      attempts: task.attempts,
      worker_id: task.worker,
      reason: task.reason,
    }
    return this.#behaviours.reduce((shown, { shows }) => shows?.(shown, task, this) ?? shown, view)
  }

  assign(task: StubTask, workerId: string): StubTask {
    const now = this.now()
    if (task.state === 'queued') task.ableIdleMs += this.#idle.read(task.memoryMb, now) - task.idleFrom
    this.#waiting.delete(task)
    task.state = 'running'
    task.assigned ??= now
    task.given = now
    task.attempts++
    task.worker = workerId
    task.lease = this.#newId()
    this.#running.add(task)
    return task
  }

  /** It waits again. */
  takeBack(task: StubTask): void {
    this.#running.delete(task)
    task.state = 'queued'
    task.worker = null
    task.lease = null
    this.#wait(task)
  }

  /** A worker hung up before it could be told: it never had the task. */
  undelivered(task: StubTask): void {
    if (task.state !== 'running') return
    if (--task.attempts === 0) task.assigned = null
    this.takeBack(task)
  }

  end(task: StubTask, state: 'completed' | 'failed', reason: string | null = null): void {
    const now = this.now()
    this.#running.delete(task)
    this.#waiting.delete(task)
    const place = this.#queue.indexOf(task)
    if (place >= 0) this.#queue.splice(place, 1)
    task.state = state
    task.ended = now
    task.reason = reason
    this.counts[state]++
    const worker = this.workers.get(task.worker ?? '')
    if (worker !== undefined) worker.completed++
    if (task.given === 0) return
    const workMs = now - task.given
    this.#meanWorkMs += (workMs - this.#meanWorkMs) * (this.#meanWorkMs === 0 ? 1 : latestCounts)
  }

  /** It was never there. */
  forget(task: StubTask): void {
    this.tasks.delete(task.key)
    this.byId.delete(task.id)
    this.#running.delete(task)
    this.#waiting.delete(task)
    const place = this.#queue.indexOf(task)
    if (place >= 0) this.#queue.splice(place, 1)
    // A timer that still holds it gives it to nobody.
    task.held = true
    task.state = 'failed'
  }

  /** Later, unless the pool is closed before. */
  after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      then()
    }, ms)
    this.#timers.add(timer)
  }

  #wait(task: StubTask): void {
    this.#waiting.add(task)
    task.idleFrom = this.#idle.read(task.memoryMb, this.now())
    const ms = this.#behaviours.reduce((most, { holdsMs }) => Math.max(most, holdsMs?.(task) ?? 0), 0)
    if (ms === 0) return this.#offer(task)
    task.held = true
    if (ms !== Infinity)
      this.after(ms, () => {
        if (task.state !== 'queued') return
        task.held = false
        this.#offer(task)
      })
  }

  /** Gives it to a worker that waits, else puts it into the queue. */
  #offer(task: StubTask): void {
    const able = [...this.#polls.keys()].filter((id) => this.workers.get(id)!.memoryMb >= task.memoryMb)
    const preferred = this.#behaviours.map(({ prefers }) => prefers).find((one) => one !== undefined)
    const [first] = able
    if (first !== undefined) return this.#polls.get(preferred?.(able) ?? first)!(task)
    const dueAt = this.#dueAt(task)
    const later = this.#queue.findIndex((other) => this.#dueAt(other) > dueAt)
    this.#queue.splice(later < 0 ? this.#queue.length : later, 0, task)
  }

  #dueAt = ({ accepted, priority, msPerPriority }: StubTask): number => accepted - priority * msPerPriority

  #nextFor(worker: StubWorker, waitMs: number, asked: Asked): Promise<StubTask | null> {
    return new Promise((resolve) => {
      const give: Give = (task) => {
        clearTimeout(timer)
        this.#polls.delete(worker.id)
        // Before the clock stops: the moment of assignment is the last at which both waited.
        if (task !== null) this.assign(task, worker.id)
        this.#idle.change(worker.memoryMb, -1, this.now())
        resolve(task)
      }
      const timer = setTimeout(() => give(null), waitMs)
      this.#polls.set(worker.id, give)
      this.#idle.change(worker.memoryMb, 1, this.now())
      asked.onHungUp(() => {
        if (this.#polls.get(worker.id) === give) give(null)
      })
    })
  }

  #takeBackLate(): void {
    const given = this.now() - this.manner.leaseMs
    for (const task of this.#running) if (task.given < given) this.takeBack(task)
  }

  #heard({ path }: Asked): StubWorker | undefined {
    const worker = this.workers.get(idIn(path))
    if (worker !== undefined) worker.heardAt = this.now()
    return worker
  }

  #isAlive({ id, heardAt }: StubWorker): boolean {
    return this.#polls.has(id) || this.now() - heardAt < 3 * this.manner.heartbeatMs
  }

  #expectedWaitMs(): number {
    const alive = [...this.workers.values()].filter((one) => this.#isAlive(one)).length
    return (this.#queue.length * this.#meanWorkMs) / Math.max(1, alive)
  }

  #figures(now: number) {
    const { accepted, completed, failed } = this.counts
    const running = this.#running.size
    const waiting = [...this.#waiting]
    const alive = [...this.workers.values()].filter((one) => this.#isAlive(one))
    const working = new Set([...this.#running].map(({ worker }) => worker))
    const busy = alive.filter(({ id }) => working.has(id)).length
    return {
      workers: { alive: alive.length, busy, idle: alive.length - busy },
      tasks: { waiting: waiting.length, running, completed, failed, accepted },
      oldest_wait_ms: waiting.reduce((most, task) => Math.max(most, now - task.accepted), 0),
    }
  }
}

/** Whether this body is the one that a task was accepted with: how long a client waits is no part of it. */
const isSame = (task: StubTask, body: Record<string, unknown>): boolean =>
  task.clientId === String(body['client_id']) &&
  task.memoryMb === Number(body['memory_mb']) &&
  task.priority === Number(body['priority']) &&
  task.prompt === String(body['prompt'] ?? '') &&
  task.run === String(body['run'] ?? '')
