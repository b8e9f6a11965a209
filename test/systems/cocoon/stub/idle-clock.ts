// For how long, in all, a worker that is able to run a task of some size has sat in an open poll.

interface Counter {
  totalMs: number
  /** Since when one sits there; null while none does. */
  since: number | null
}

export class IdleClock {
  /** Workers in polls, by their memory. */
  readonly #waiting = new Map<number, number>()
  /** By the memory that a task needs. */
  readonly #counters = new Map<number, Counter>()

  /** A worker of this memory opens (1) or ends (-1) a poll. */
  change(workerMb: number, by: 1 | -1, now: number): void {
    this.#waiting.set(workerMb, (this.#waiting.get(workerMb) ?? 0) + by)
    for (const [taskMb, counter] of this.#counters) this.#advance(taskMb, counter, now)
  }

  /** Only differences between two readings mean something. */
  read(taskMb: number, now: number): number {
    let counter = this.#counters.get(taskMb)
    if (counter === undefined) this.#counters.set(taskMb, (counter = { totalMs: 0, since: null }))
    this.#advance(taskMb, counter, now)
    return counter.totalMs
  }

  #advance(taskMb: number, counter: Counter, now: number): void {
    if (counter.since !== null) counter.totalMs += now - counter.since
    const isAble = [...this.#waiting].some(([workerMb, count]) => count > 0 && workerMb >= taskMb)
    counter.since = isAble ? now : null
  }
}
