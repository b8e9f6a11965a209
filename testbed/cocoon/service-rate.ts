// How many tasks a second the whole pool completes, lately: what the length of a queue is measured against.
import type { Database } from '../service/database.ts'

/** Rates are taken over this time: short enough to follow a change, long enough not to be chance. */
const overMs = 3_000

const countCompleted = `SELECT coalesce(sum(tasks), 0)::bigint AS completed FROM task_minutes WHERE kind = 'completed'`

export class ServiceRate {
  readonly #database: Database
  /** Newest last; times are ms of the monotonic clock. */
  #counts: { at: number; completed: number }[] = []

  constructor(database: Database) {
    this.#database = database
  }

  /** Looks at the counters; to be called several times within the time that rates are taken over. */
  async look(): Promise<void> {
    const [row] = await this.#database.queryLazily<{ completed: number }>('count-completed', countCompleted)
    const at = performance.now()
    this.#counts.push({ at, completed: row?.completed ?? 0 })
    // One that is older than the time stays, so that the rest spans all of it.
    while ((this.#counts[1]?.at ?? at) < at - overMs) this.#counts.shift()
  }

  /** Tasks per second; null while none was completed lately, since an idle pool says nothing about what it could do. */
  perSecond(): number | null {
    const [first] = this.#counts
    const last = this.#counts.at(-1)
    if (first === undefined || last === undefined || last.completed === first.completed) return null
    return (1000 * (last.completed - first.completed)) / (last.at - first.at)
  }
}
