// How many tasks wait, for a defect that depends on it.
import type { Database } from '../service/database.ts'

/** Nobody asks for more exactly than this. */
const mostTasks = 1_000

const count = `SELECT count(*) AS waiting FROM (SELECT 1 FROM tasks WHERE state = 'queued' LIMIT ${mostTasks}) AS queued`

/** A reader of the queue's length, which asks the database no more often than that; each defect has its own. */
export function queueLength(lookEveryMs: number): (database: Database, now: number) => Promise<number> {
  let lookedAt = -Infinity
  let waiting = 0
  return async (database, now) => {
    if (now - lookedAt < lookEveryMs) return waiting
    lookedAt = now
    const [row] = await database.query<{ waiting: number }>('defect-queue', count)
    return (waiting = row?.waiting ?? 0)
  }
}
