// Fills the pool with tasks of the past, so that one can see how it ages without waiting for years.
import { randomUUID } from 'node:crypto'
import type { HistoryAnswer } from '../../systems/cocoon/api.ts'
import type { Database } from '../service/database.ts'

/** Rows per statement: other work goes on in between. */
const atOnce = 5_000

// A row of ordinary size, ended long ago, with its earning.
const insertPast = `
WITH past AS (
  INSERT INTO tasks (idempotency_key, body_digest, client_id, run, state, memory_mb, priority, prompt, order_key,
    accepted_at, queued_at, assigned_at, ended_at, attempts, worker_id, output)
  SELECT 'history-' || $2 || '-' || number, md5(number::text), 'history-c-' || number % 100, 'history', 'completed',
    1024 * (1 << (number % 4)), 1 + number % 10, 'task ' || number, 0,
    moment, moment, moment + interval '10 ms', moment + interval '1 s', 1, 'history-w-' || number % 1000, 'done'
  FROM (SELECT number, clock_timestamp() - number * interval '1 s' AS moment FROM generate_series(1, $1::int) AS number) AS made
  RETURNING task_id, worker_id, memory_mb
)
INSERT INTO earnings (task_id, worker_id, account, units, gross_nanoton, fee_nanoton)
SELECT task_id, worker_id, worker_id, memory_mb / 1024, memory_mb / 1024 * 600000, memory_mb / 1024 * 30000 FROM past`

const measure = `
SELECT (SELECT count(*) FROM tasks)::bigint AS tasks,
  (pg_total_relation_size('tasks') + pg_total_relation_size('earnings') + pg_total_relation_size('payout_outbox'))::bigint AS bytes`

/** @param tasks How many to add. Answers what there is then. */
export async function growHistory(database: Database, tasks: number): Promise<HistoryAnswer> {
  for (let left = tasks; left > 0; left -= atOnce)
    await database.queryLazily('insert-past', insertPast, [Math.min(left, atOnce), randomUUID()])
  // What the database would do by itself some time later, in the middle of what is to be measured then.
  for (const table of ['tasks', 'earnings'])
    await database.queryLazily(`tidy-${table}`, `VACUUM (ANALYZE) ${table}`)
  const [row] = await database.queryLazily<HistoryAnswer>('measure-history', measure)
  return row as HistoryAnswer
}
