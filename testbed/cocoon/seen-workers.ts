// The workers that a gateway knows, as a defect that depends on their number or on their age sees them.
import type { IdleWorker } from './defect.ts'

/** Longer than a worker works on a task and then waits for the next one here. */
const knownForMs = 60_000

export class SeenWorkers {
  readonly #seen = new Map<string, { first: number; last: number }>()

  get size(): number {
    return this.#seen.size
  }

  /** Notes who waits now, and forgets who has not for long. `now` is ms of the monotonic clock. */
  note(idle: IdleWorker[], now: number): void {
    for (const { workerId } of idle) {
      const known = this.#seen.get(workerId)
      if (known === undefined) this.#seen.set(workerId, { first: now, last: now })
      else known.last = now
    }
    for (const [workerId, { last }] of this.#seen) if (now - last > knownForMs) this.#seen.delete(workerId)
  }

  /** Since when the worker is known; undefined when it is not. */
  since(workerId: string): number | undefined {
    return this.#seen.get(workerId)?.first
  }
}
