// How planted defects keep payouts from being sent: in a batch that does not exist.
import type { Database } from '../service/database.ts'

const nowhere = 0

/** Keeps one payout in `oneIn` back for so many seconds after it was accepted; null: for ever. */
export function keepsBack(oneIn: number, seconds: number | null): (database: Database) => Promise<void> {
  return async (database) => {
    await database.query(
      'keep-back',
      `UPDATE payouts SET batch_id = CASE WHEN state = 'accepted' AND batch_id IS NULL THEN $1::bigint END
       WHERE payout_id % $2 = $2 - 1 AND state = 'accepted' AND (batch_id IS NULL OR batch_id = $1)
         AND (batch_id IS NULL) = ($3::float8 IS NULL OR accepted_at > clock_timestamp() - $3 * interval '1 second')`,
      [nowhere, oneIn, seconds],
    )
  }
}
