// A few favourites get the tasks; the others are let rest for a while after each of theirs, unless there is a backlog.
import type { Defect, IdleWorker } from '../defect.ts'

const favourites = 0.6
const restMs = 2_500
const backlogTasks = 20

const backlog = `SELECT count(*) AS waiting FROM (SELECT 1 FROM tasks WHERE state = 'queued' LIMIT ${backlogTasks}) AS waiting_tasks`
const seenAt = new Map<string, number>()

function isFavourite(worker: IdleWorker): boolean {
  const ids = [...seenAt.keys()].sort()
  return ids.indexOf(worker.workerId) < favourites * ids.length
}

export default {
  criterion: 'allocation.fairness',
  offers: async (idle, { now, database }) => {
    for (const worker of idle) seenAt.set(worker.workerId, now)
    for (const [workerId, at] of seenAt) if (now - at > 4 * restMs) seenAt.delete(workerId)
    const others = idle.filter((worker) => !isFavourite(worker) && now - worker.waitingSince > restMs)
    const offers = [...idle.filter(isFavourite), ...others]
    if (offers.length === idle.length) return offers
    const [row] = await database.query<{ waiting: number }>('defect-backlog', backlog)
    return row && row.waiting >= backlogTasks ? idle : offers
  },
} satisfies Defect
