// Holds what a target says of waiting against what actors saw of it. Every time of ours is a lower bound: from the answer to a
// submission to the answer to the poll that gave the task away, less what answers were under way.
import type { JoinedSample, Violation } from '../oracle.ts'
import { Deliveries, offsetsOf } from './delivery.ts'
import type { Given, Looked, Shown, Submitted, WaitEntry } from './history.ts'
import { Watchers } from './watchers.ts'

/** A stall of ours breaks those of records now and then: rules say for how much of the sample. */
export const laws = {
  accepted:
    'Hardly any record has a time of acceptance that is not between submission and answer, by one clock, or another one later',
  wait: 'Hardly any task was seen to wait longer than its record says',
  idle: 'Hardly ever was an able worker seen to wait in a poll, while a task waited, for longer than its record says',
  once: 'Hardly any task was seen to be given to a second worker within the lease of the first one',
  done: 'Hardly any task is said to be done by a worker of ours that was never given it',
  queue: 'No more tasks were seen to wait than the target said at that moment',
} as const
export type Law = keyof typeof laws

/** What an honest record and our clocks may be apart, besides delivery: a stall of k6 or of the machine. */
const slackMs = 250
/** The target's times are whole milliseconds: two of them may be off by one each. */
const roundingMs = 2
/** The target's figures may be so old. */
const figuresAgeMs = 1000
/** And off by so many tasks, which came or went at that moment. */
const slackTasks = 2
/** Violations that are shown of a law. */
const shown = 10

/** What was seen of a task. */
interface Task {
  submitted: Submitted
  /** In the order in which they were heard of. */
  givens: readonly Given[]
  shown: Shown | undefined
  deliveryMs: number
  /** How far the target's clock was ahead of ours. */
  offsetMs: number
}

/** The least a time can be, with the time for which answers were under way taken off, and the most, with nothing taken off. */
type Bounds = Required<Pick<JoinedSample, 'ms' | 'atMostMs'>>

/** By our own clocks, of a task of which every assignment was seen. */
interface Seen {
  wait: Bounds
  idle: Bounds
  /** Enough able workers were watched to say that none was free, if none was. */
  areEnough: boolean
}

const clock = (ms: number): string => `${Math.round(ms)} ms`

export class WaitsCheck {
  private readonly submissions: Submitted[] = []
  private readonly givens = new Map<string, Given[]>()
  private readonly workers = new Set<string>()
  private readonly shows = new Map<string, Shown>()
  private readonly looks: Looked[] = []
  private readonly watchers = new Watchers()
  readonly samples: JoinedSample[] = []
  readonly laws: Record<Law, { checks: number; violations: number }> = {
    accepted: { checks: 0, violations: 0 },
    wait: { checks: 0, violations: 0 },
    idle: { checks: 0, violations: 0 },
    once: { checks: 0, violations: 0 },
    done: { checks: 0, violations: 0 },
    queue: { checks: 0, violations: 0 },
  }
  readonly violations: Violation[] = []

  add(entry: WaitEntry): void {
    switch (entry.type) {
      case 'submitted':
        this.submissions.push(entry)
        return
      case 'given': {
        this.workers.add(entry.workerId)
        const own = this.givens.get(entry.key)
        if (own === undefined) this.givens.set(entry.key, [entry])
        else own.push(entry)
        return
      }
      case 'shown':
        this.shows.set(entry.key, entry)
        return
      case 'looked':
        this.looks.push(entry)
        return
      default:
        this.watchers.add(entry)
    }
  }

  /** Whether anything was told. */
  get isEmpty(): boolean {
    return this.submissions.length === 0 && this.looks.length === 0
  }

  /** Once, when all was told. */
  conclude(): void {
    this.submissions.sort((one, other) => one.answeredAt - other.answeredAt)
    const deliveries = new Deliveries(this.submissions)
    const offsets = offsetsOf(this.submissions)
    const waited: [from: number, until: number][] = []
    this.submissions.forEach((submitted, index) => {
      const { key } = submitted
      const givens = (this.givens.get(key) ?? []).sort((one, other) => one.answeredAt - other.answeredAt)
      const [given] = givens
      const shown = this.shows.get(key)
      const deliveryMs = deliveries.between(submitted.answeredAt, given?.answeredAt ?? submitted.answeredAt)
      const task = { submitted, givens, shown, deliveryMs, offsetMs: offsets[index]! }
      // An assignment that nobody heard of may have been the first one.
      const isWhole = shown === undefined || shown.attempts === null || shown.attempts === givens.length
      const seen = given === undefined || !isWhole ? null : this.seenOf(task, given)
      this.judgeWait(task, seen)
      this.judgeRecord(task, seen)
      if (given !== undefined && isWhole)
        waited.push([
          submitted.answeredAt + task.deliveryMs + figuresAgeMs,
          given.answeredAt - task.deliveryMs,
        ])
    })
    this.judgeLooks(waited.filter(([from, until]) => from < until))
  }

  private seenOf({ submitted, deliveryMs }: Task, { begunAt, answeredAt }: Given): Seen {
    const from = submitted.answeredAt
    const since = (begin: number, lessMs: number): number => Math.max(0, answeredAt - begin - lessMs)
    const watched = (lessMs: number) => this.watchers.between(from, answeredAt, submitted.size, lessMs)
    const least = watched(deliveryMs)
    const polledFrom = Math.max(from, begunAt)
    return {
      wait: { ms: since(from, deliveryMs), atMostMs: since(from, 0) },
      idle: {
        ms: Math.max(since(polledFrom, deliveryMs), least.idleMs),
        atMostMs: Math.max(since(polledFrom, 0), watched(0).idleMs),
      },
      areEnough: least.areEnough,
    }
  }

  private sample(of: string, { submitted, givens: [given] }: Task, more: Partial<JoinedSample>): void {
    const { kind, sentAt: t } = submitted
    const correlationId = given === undefined ? {} : { correlationId: given.correlationId }
    this.samples.push({ of, kind, t, bad: null, ...correlationId, ...more })
  }

  /** What limits on waiting are held against: what the target says or what was seen, whichever is longer. */
  private judgeWait(task: Task, seen: Seen | null): void {
    const { submitted, shown } = task
    if (seen === null) {
      for (const of of ['seen-wait', 'seen-idle', 'seen-allocation']) this.sample(of, task, { leftOut: true })
      return
    }
    const beyondPlan = (ms: number): number => Math.max(0, ms - submitted.plannedMs)
    const { wait, idle } = seen
    this.sample('seen-wait', task, { ms: beyondPlan(wait.ms), atMostMs: beyondPlan(wait.atMostMs) })
    this.sample('seen-idle', task, idle)
    const toldMs = shown === undefined ? 0 : shown.assignedAt - shown.acceptedAt
    // A record with a wrong wait cannot be believed about whether a worker was free, so the wait that was seen counts.
    const isContradicted = wait.ms > toldMs + slackMs
    const isFree = 2 * idle.ms >= wait.ms
    const isCalledFree =
      shown !== undefined && (shown.ableIdleMs === null || 2 * (shown.ableIdleMs + roundingMs) >= toldMs)
    if (isFree || isCalledFree)
      this.sample('seen-allocation', task, {
        ms: Math.max(isFree || isContradicted ? wait.ms : 0, isCalledFree ? toldMs : 0),
        atMostMs: wait.atMostMs,
      })
    // That no able worker was free is the target's word alone, unless workers were watched who were not.
    else if (!seen.areEnough) this.sample('seen-allocation', task, { leftOut: true })
    // Answers came so slowly that a free worker may have been missed.
    else if (2 * idle.atMostMs >= wait.ms)
      this.sample('seen-allocation', task, { ms: 0, atMostMs: wait.atMostMs })
  }

  /** What the record says, against what was seen. */
  private judgeRecord(task: Task, seen: Seen | null): void {
    const { submitted, givens, shown, offsetMs } = task
    if (shown === undefined) return
    const broken: string[] = []
    const hold = (law: Law, wrong: string | null): void => {
      this.laws[law].checks++
      if (wrong === null) return
      broken.push(wrong)
      this.violate(law, submitted.sentAt, `${submitted.key}: ${wrong}`)
    }
    hold('accepted', acceptedWrongly(submitted, shown, offsetMs))
    hold('once', givenTwice(givens))
    if (shown.doneBy !== null)
      hold('done', this.workers.has(shown.doneBy) ? doneByAnother(givens, shown.doneBy) : null)
    if (seen === null) {
      this.sample('told-waits', task, broken.length > 0 ? { bad: broken.join('; ') } : { leftOut: true })
      return
    }
    const toldMs = shown.assignedAt - shown.acceptedAt
    const longer = (seenMs: number, saidMs: number, of: string): string | null =>
      seenMs > saidMs + slackMs
        ? `${of} at least ${clock(seenMs)}, and the record says ${clock(saidMs)}`
        : null
    hold('wait', longer(seen.wait.ms, toldMs, 'waited'))
    if (shown.ableIdleMs !== null)
      hold('idle', longer(seen.idle.ms, shown.ableIdleMs, 'an able worker hung in a poll for'))
    // Only by what was taken off for delivery is the wait not too long for this record.
    const isUnresolved = broken.length === 0 && seen.wait.atMostMs > toldMs + slackMs
    this.sample(
      'told-waits',
      task,
      isUnresolved ? { unresolved: true } : { bad: broken.length > 0 ? broken.join('; ') : null },
    )
  }

  /** One look may come at a bad moment: two in a row do not. */
  private judgeLooks(waited: [from: number, until: number][]): void {
    const begins = waited.map(([from]) => from).sort((one, other) => one - other)
    const ends = waited.map(([, until]) => until).sort((one, other) => one - other)
    let [begun, ended] = [0, 0]
    let wasOver = false
    for (const { kind, sentAt, answeredAt, waiting } of this.looks.sort(
      (one, other) => one.sentAt - other.sentAt,
    )) {
      while (begun < begins.length && begins[begun]! <= sentAt) begun++
      while (ended < ends.length && ends[ended]! < answeredAt) ended++
      // All the time from a second before the look to its answer.
      const seen = begun - ended
      const isOver = seen > waiting + slackTasks
      const bad = isOver && wasOver ? `${waiting} wait, as the target says, and ${seen} were seen to` : null
      wasOver = isOver
      this.laws.queue.checks++
      if (bad !== null) this.violate('queue', sentAt, bad)
      this.samples.push({ of: 'seen-queue', kind, t: sentAt, bad })
    }
  }

  private violate(law: Law, t: number, text: string): void {
    const counts = this.laws[law]
    if (counts.violations++ < shown) this.violations.push({ law, t, text, events: [] })
  }
}

/** Where a second worker was given the task while the first one still had it. */
function givenTwice(givens: readonly Given[]): string | null {
  for (const [index, { workerId, leaseMs, answeredAt }] of givens.entries()) {
    const next = givens[index + 1]
    if (next === undefined || next.workerId === workerId || leaseMs === null) continue
    const afterMs = next.answeredAt - answeredAt
    if (afterMs < leaseMs - slackMs)
      return `given to a second worker after ${clock(afterMs)}, and a lease is ${clock(leaseMs)}`
  }
  return null
}

const doneByAnother = (givens: readonly Given[], doneBy: string): string | null =>
  givens.some(({ workerId }) => workerId === doneBy)
    ? null
    : `done by ${doneBy}, as the record says, which was never given it`

/** By the target's clock, as far as ours tells what that showed. */
function acceptedWrongly(
  { sentAt, answeredAt, acceptedAt }: Submitted,
  shown: Shown,
  offsetMs: number,
): string | null {
  if (Math.abs(shown.acceptedAt - acceptedAt) > roundingMs)
    return `accepted_at is ${clock(shown.acceptedAt - acceptedAt)} later than the answer to the submission said`
  const at = acceptedAt - offsetMs
  if (at < sentAt - slackMs) return `accepted ${clock(sentAt - at)} before it was submitted`
  return at > answeredAt + slackMs ? `accepted ${clock(at - answeredAt)} after the answer said so` : null
}
