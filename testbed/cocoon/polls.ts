// The workers that wait in a poll of this gateway: who they are, since when they are idle, how their polls end.
import type { PollAnswer } from '../../systems/cocoon/api.ts'
import type { IdleWorker } from './defect.ts'

/** A worker that polls again within this time after an empty answer has been idle all along. */
const repollWithinMs = 2_000

export interface Poll extends IdleWorker {
  /** Unique over all gateways. */
  pollId: string
  /** Since when the worker is idle, over polls that ended empty. Decides who comes first. */
  idleSince: number
  /** Set while the database may be assigning a task to this poll: its end then has to wait. */
  isBeingOffered: boolean
  /** How it is to end when the running offer is over: nothing came in time, or nobody is there to be told. */
  ends: 'empty' | 'gone' | null
  isAnswered: boolean
  timer: NodeJS.Timeout
  answer: (assignment: PollAnswer | null) => void
}

export class Polls {
  readonly #waiting = new Map<string, Poll>()
  readonly #lastIdle = new Map<string, { idleSince: number; endedAt: number }>()
  #count = 0

  get size(): number {
    return this.#waiting.size
  }

  workerIds(): Iterable<string> {
    return this.#waiting.keys()
  }

  of(workerId: string): Poll | undefined {
    return this.#waiting.get(workerId)
  }

  /** Those that are idle longest come first. */
  inOrder(): Poll[] {
    return [...this.#waiting.values()].sort((one, other) => one.idleSince - other.idleSince)
  }

  /** The largest memory among those that wait; 0 when nobody does. */
  largestMemoryMb(): number {
    let largest = 0
    for (const poll of this.#waiting.values()) largest = Math.max(largest, poll.memoryMb)
    return largest
  }

  /** Begins a poll; an earlier one of the same worker ends, since its connection is likely lost. */
  add(
    worker: { workerId: string; memoryMb: number },
    waitMs: number,
    answer: (assignment: PollAnswer | null) => void,
  ): Poll {
    this.dismiss(worker.workerId)
    const now = performance.now()
    const last = this.#lastIdle.get(worker.workerId)
    const poll: Poll = {
      ...worker,
      pollId: `${worker.workerId}:${process.pid}:${++this.#count}`,
      waitingSince: now,
      idleSince: last && now - last.endedAt < repollWithinMs ? last.idleSince : now,
      wasOffered: false,
      isBeingOffered: false,
      ends: null,
      isAnswered: false,
      timer: setTimeout(() => this.end(poll, 'empty'), waitMs),
      answer,
    }
    this.#waiting.set(worker.workerId, poll)
    return poll
  }

  /** Ends the worker's poll, if it has one. */
  dismiss(workerId: string): void {
    const poll = this.#waiting.get(workerId)
    if (poll) this.end(poll, 'gone')
  }

  /** Ends a poll without a task, as soon as it is certain that none is on its way. */
  end(poll: Poll, how: 'empty' | 'gone'): void {
    if (poll.isAnswered) return
    poll.ends = poll.ends === 'gone' ? 'gone' : how
    // Even a poll that does not want to wait has to be offered to the queue once.
    if (!poll.isBeingOffered && (poll.wasOffered || how === 'gone')) this.finish(poll, null)
  }

  finish(poll: Poll, assignment: PollAnswer | null): void {
    if (poll.isAnswered) return
    poll.isAnswered = true
    clearTimeout(poll.timer)
    if (this.#waiting.get(poll.workerId) === poll) this.#waiting.delete(poll.workerId)
    if (assignment) this.#lastIdle.delete(poll.workerId)
    else this.#lastIdle.set(poll.workerId, { idleSince: poll.idleSince, endedAt: performance.now() })
    poll.answer(assignment)
  }

  endAll(): void {
    for (const poll of this.#waiting.values()) this.end(poll, 'gone')
  }

  forgetOld(): void {
    const now = performance.now()
    for (const [workerId, last] of this.#lastIdle)
      if (now - last.endedAt > repollWithinMs) this.#lastIdle.delete(workerId)
  }
}

/** For every memory size the longest waiting poll that covers it: nobody else adds to the time that somebody was idle. */
export function longestIdleByMemory(polls: Poll[]): Poll[] {
  const bySize = [...polls].sort(
    (one, other) => other.memoryMb - one.memoryMb || one.waitingSince - other.waitingSince,
  )
  const front: Poll[] = []
  for (const poll of bySize) {
    const last = front.at(-1)
    if (!last || poll.waitingSince < last.waitingSince) front.push(poll)
  }
  return front
}
