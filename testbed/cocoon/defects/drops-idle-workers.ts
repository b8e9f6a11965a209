// The pool forgets workers that had nothing to do for a moment. They do not notice: they go on polling and are served,
// but they are not counted until the pool next writes down that it heard of them.
import type { Defect } from '../defect.ts'

/** Long for ten workers that share a steady load, short for a thousand of whom a tenth is idle. */
const forgottenAfterMs = 500
const lookEveryMs = 250

const forget = `
UPDATE workers SET last_seen_at = last_seen_at - interval '1 day'
WHERE worker_id = ANY($1) AND left_at IS NULL AND last_seen_at > clock_timestamp() - interval '1 hour'`
let lookedAt = 0

export default {
  criterion: 'load.concurrent-workers',
  offers: async (idle, { now, database }) => {
    if (now - lookedAt < lookEveryMs) return idle
    lookedAt = now
    const old = idle.filter(({ waitingSince }) => now - waitingSince > forgottenAfterMs)
    if (old.length > 0) await database.query('defect-forget', forget, [old.map(({ workerId }) => workerId)])
    return idle
  },
} satisfies Defect
