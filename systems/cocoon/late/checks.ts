// Checks of what the pool promises of single requests: made once, before the load, by the first requests. What they begin they end.
import type { Answer, CheckResult, Exchange } from '../../../lib/drive/actor.ts'
import type { firstRequests } from '../../../lib/drive/first-requests.ts'
import { recordWork } from '../accounts.ts'
import { makePool, tokenOf, workerOf } from '../membership.ts'
import type { Assignment, Membership, NewTask, Pool, PoolChecks, TaskRecord } from '../pool.ts'
import type { Names, World } from '../names.ts'
import { FiguresCheck } from './figures-check.ts'
import { timesResult } from './record-times.ts'

type Requests = ReturnType<typeof firstRequests<Names>>
type Name = Parameters<Requests['check']>[0]

/** Nobody's, made of nobody's, and seen to be wrong by whoever finds it in a log. */
const wrongToken = 'assay-sends-a-wrong-token-once'
/** How long a worker waits for a task that it should not get. */
const vainPollMs = 1000

/** A record, and when its answer was written by the target's clock. */
interface Seen extends TaskRecord {
  date: string | undefined
}

const kept: CheckResult = { is: 'kept' }
const notMade = (why: string): CheckResult => ({ is: 'not made', why })
const violated = (how: string, request?: Answer<unknown>): CheckResult => ({
  is: 'violated',
  how,
  ...(request === undefined ? {} : { request }),
})
const orOf = (statuses: number[]): string => statuses.join(' or ')

const unpromised = notMade('the adapter of this target does not promise it')
const unanswered = notMade('the submission before it was not answered as expected')

/** The checks of one pool, in the order in which they are called. */
export class Checks {
  private readonly offered: Partial<PoolChecks>
  private first: Seen | null = null
  private firstMs = 0
  private second: Membership | null = null
  /** Tasks that are there besides the first one, and those of them that were ended. */
  private more = 0
  private ended = 0
  private readonly figures: FiguresCheck

  constructor(
    private readonly world: World,
    private readonly pool: Pool,
    private readonly requests: Requests,
    private readonly task: NewTask,
  ) {
    this.offered = pool.checks?.() ?? {}
    this.figures = new FiguresCheck(world, pool, requests, this.offered.figures === true)
  }

  /** The first submission, by whoever sends it. */
  submit<T>(send: (exchange: Exchange<unknown>) => T | null): void {
    this.figures.begin()
    const began = Date.now()
    const { exchange, seen } = this.watched(this.pool.submit(this.task))
    if (send(exchange) !== null) this.first = seen()
    this.firstMs = Date.now() - began
  }

  /** While the task waits. */
  ofSubmission(): void {
    this.make('record-times', this.offered.times, ({ acceptedAt, date }) =>
      timesResult(acceptedAt, date, this.firstMs),
    )
    this.make('same-key', this.offered.sameKey, (first) => this.sameKey(first))
    this.make('reused-key', this.offered.reusedKey, (first, statuses) => this.reusedKey(first, statuses))
    this.make('wrong-token', this.offered.wrongToken, (_, statuses) => this.wrongToken(statuses))
    if (this.first !== null) this.figures.whileOneWaits()
  }

  /** While the worker holds a task. The second worker with the task, where that was given it, too. */
  whileHeld(
    { leaseSeconds = Infinity }: Membership,
    given: Assignment,
    polledAt: number,
  ): { member: Membership; given: Assignment } | null {
    this.look(given)
    this.figures.whileOneRuns()
    const { pool, world, requests } = this
    if (this.offered.oneWorker === undefined) return this.says('one-worker', unpromised)
    const joined = requests.probe('register', pool.register(workerOf(world, `${this.task.key}-2`)))
    if (joined.value === null) return this.says('one-worker', notMade(joined.why))
    const member = (this.second = joined.value)
    let answer = requests.probe('poll', pool.poll(member, vainPollMs))
    // What waits is its own, and only then it is seen whether it is given more than waits.
    for (let left = this.more; left > 0 && isAnother(answer.value, given); left--) {
      this.bring(member, answer.value)
      answer = requests.probe('poll', pool.poll(member, vainPollMs))
    }
    if (answer.value === null) return this.says('one-worker', notMade(answer.why))
    if (answer.value === 'none') return this.says('one-worker', kept)
    if (isAnother(answer.value, given)) {
      this.bring(member, answer.value)
      return this.says('one-worker', kept)
    }
    const isOver = Date.now() - polledAt >= leaseSeconds * 1000
    const how = `the task ${given.taskId} was given to a second worker while the first one held it`
    this.says(
      'one-worker',
      isOver ? notMade('the first worker held its task too shortly') : violated(how, answer),
    )
    return { member, given: answer.value }
  }

  /** Whether each record is that of its key; the worker ends what there is to end. `taken`: whether its first result was. */
  ofRecords(member: Membership, taken: boolean): void {
    this.make('own-record', this.offered.ownRecord, (first) => this.ownRecord(first))
    for (let left = this.more; left > 0; left--) {
      const { value } = this.requests.probe('poll', this.pool.poll(member, vainPollMs))
      if (value === null || value === 'none') break
      this.bring(member, value)
    }
    if (this.second !== null) this.requests.probe('leave', this.pool.leave(this.second))
    this.figures.end(this.ended + (taken ? 1 : 0))
  }

  private sameKey(first: Seen): CheckResult {
    if (first.taskId === undefined) return notMade('its records show no id of the task')
    const { answer, seen } = this.probe('submit', this.pool.submit({ ...this.task, again: true }))
    if (answer.value === null)
      return answer.isDecided ? violated(`the same again, ${answer.why}`, answer) : notMade(answer.why)
    if (seen!.taskId === first.taskId) return kept
    this.more++
    return violated(
      `the same key and content made the task ${first.taskId}, and then ${seen!.taskId}`,
      answer,
    )
  }

  private reusedKey(first: Seen, statuses: number[]): CheckResult {
    const usual = this.pool.submit({ ...this.task, prompt: this.otherPrompt, priority: 1, again: true })
    const answer = this.requests.probe('submit', refusedWith(statuses, usual))
    const how = `another content under a used key was answered ${answer.status}, and is to be refused with ${orOf(statuses)}`
    if (answer.value === null) return answer.isDecided ? violated(how, answer) : notMade(answer.why)
    if (answer.value === 'taken') {
      this.more++
      return violated(how, answer)
    }
    const { answer: after, seen } = this.probe('status', this.pool.status(this.task.key))
    if (after.value === null) return notMade(after.why)
    if (seen !== null && seen.taskId === first.taskId && seen.content === first.content) return kept
    return violated(
      `another content under a used key was refused, and changed the record: ${textOf(first)}, then ${textOf(seen)}`,
      after,
    )
  }

  private wrongToken(statuses: number[]): CheckResult {
    if (tokenOf(this.world, 'client') === '') return notMade('the target wants no token of clients')
    const { status: read } = makePool(this.world, () => wrongToken)
    const answer = this.requests.probe('status', refusedWith(statuses, read(this.task.key)))
    if (answer.value === 'refused') return kept
    if (answer.value === null && !answer.isDecided) return notMade(answer.why)
    return violated(
      `a read with a token that nobody has was answered ${answer.status}, and is to be refused with ${orOf(statuses)}`,
      answer,
    )
  }

  private ownRecord(first: Seen): CheckResult {
    const { pool, task } = this
    const other = { ...task, key: `${task.key}-2`, prompt: `${task.prompt}-2` }
    const submitted = this.probe('submit', pool.submit(other))
    if (submitted.answer.value === null) return notMade(submitted.answer.why)
    this.more++
    for (const [key, own] of [
      [task.key, first],
      [other.key, submitted.seen!],
    ] as const) {
      if (own.key === undefined && own.taskId === undefined)
        return notMade('its records show neither key nor id of the task')
      const { answer, seen } = this.probe('status', pool.status(key))
      if (answer.value === null) return notMade(answer.why)
      const isOwn =
        seen !== null && seen.taskId === own.taskId && (seen.key === undefined || seen.key === key)
      if (!isOwn) return violated(`the key ${key} of the task ${textOf(own)} shows ${textOf(seen)}`, answer)
    }
    const unused = `${task.key}-never-used`
    const { answer, seen } = this.probe('status', pool.status(unused))
    if (answer.value === 'unknown') return kept
    if (answer.value === null && !answer.isDecided) return notMade(answer.why)
    return violated(`the key ${unused} was never used, and shows ${textOf(seen)}`, answer)
  }

  /** What of a task is known by its prompt alone. */
  private look({ taskId, prompt }: Assignment): void {
    const id = this.first?.taskId
    if (this.offered.reusedKey !== undefined && prompt === this.otherPrompt)
      this.says('reused-key', violated('a worker was given the other content of a used key'))
    if (this.offered.sameKey === true && prompt === this.task.prompt && id !== undefined && id !== taskId)
      this.says('same-key', violated(`the tasks ${id} and ${taskId} have one key and content`))
  }

  /** Ends a task that is not the first one. */
  private bring(member: Membership, given: Assignment): void {
    this.look(given)
    const { value } = this.requests.probe('result', this.pool.result(member, given, this.task.key))
    recordWork(this.world, value === null ? 'unknown' : 'ok', given)
    if (value !== null) this.ended++
  }

  private get otherPrompt(): string {
    return `${this.task.prompt}-other`
  }

  private says(name: Name, result: CheckResult): null {
    this.requests.check(name, result)
    return null
  }

  /** Makes a check where the pool promises what it is about, and there is a first task to make it with. */
  private make<Promised>(
    name: Name,
    promised: Promised | undefined,
    result: (first: Seen, promised: Promised) => CheckResult,
  ): void {
    const { first } = this
    this.says(
      name,
      promised === undefined ? unpromised : first === null ? unanswered : result(first, promised),
    )
  }

  private probe<T>(step: 'submit' | 'status', exchange: Exchange<T>) {
    const watched = this.watched(exchange)
    return { answer: this.requests.probe(step, watched.exchange), seen: watched.seen() }
  }

  /** Nothing where somebody's adapter trips over an answer that is good for all else. */
  private recordIn(json: unknown): TaskRecord {
    try {
      return this.offered.record?.(json) ?? {}
    } catch {
      return {}
    }
  }

  /** The exchange, and the record that its answer showed: null where it showed none. */
  private watched<T>(exchange: Exchange<T>): { exchange: Exchange<T>; seen: () => Seen | null } {
    let seen: Seen | null = null
    const read: Exchange<T>['read'] = (json, status, headers) => {
      const value = exchange.read(json, status)
      const hasRecord = value !== null && value !== 'unknown'
      seen = hasRecord ? { ...this.recordIn(json), date: headers?.['Date'] } : null
      return value
    }
    return { exchange: { ...exchange, readsHeaders: true, read }, seen: () => seen }
  }
}

const isAnother = (given: Assignment | 'none' | null, held: Assignment): given is Assignment =>
  given !== null && given !== 'none' && given.taskId !== held.taskId

const textOf = (record: TaskRecord | null): string =>
  record === null
    ? 'no task'
    : [record.taskId, record.key, record.content].filter((text) => text !== undefined).join(', ')

/** A request that is to be refused; an answer as to a good one is no failure of it, but what was asked. */
const refusedWith = (
  statuses: number[],
  { expect, ...exchange }: Exchange<unknown>,
): Exchange<'refused' | 'taken'> => ({
  ...exchange,
  expect: [...expect, ...statuses],
  read: (_, status) => (statuses.includes(status) ? 'refused' : 'taken'),
})
