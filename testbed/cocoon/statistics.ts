// Counting: what the stats, the dashboard and the leftovers say.
import type { Dashboard, Leftovers, PoolStats } from '../../systems/cocoon/api.ts'
import { Batch } from './batch.ts'
import type { Database } from '../service/database.ts'
import { taskColumns, taskFromRow, type TaskRow } from './task-rows.ts'

/** So many heartbeats may be missed before a worker is no longer counted as alive. */
const missedHeartbeats = 3

// Whatever grows without end is read from counters; only what is open now is counted row by row.
const countPool = `
WITH alive AS (
  SELECT worker_id FROM workers WHERE left_at IS NULL AND last_seen_at > clock_timestamp() - $1 * interval '1 millisecond'
), open AS (
  SELECT count(*) AS waiting, min(accepted_at) AS oldest FROM tasks WHERE state = 'queued'
), running AS (
  SELECT worker_id FROM tasks WHERE state = 'running'
), ever AS (
  SELECT coalesce(sum(tasks) FILTER (WHERE kind = 'accepted'), 0)::bigint AS accepted,
    coalesce(sum(tasks) FILTER (WHERE kind = 'completed'), 0)::bigint AS completed,
    coalesce(sum(tasks) FILTER (WHERE kind = 'failed'), 0)::bigint AS failed
  FROM task_minutes
)
SELECT open.waiting, ever.*,
  coalesce(round(extract(epoch FROM clock_timestamp() - open.oldest) * 1000), 0)::bigint AS oldest_wait_ms,
  (SELECT count(*) FROM alive) AS alive,
  (SELECT count(*) FROM running) AS running,
  (SELECT count(*) FROM alive WHERE worker_id IN (SELECT worker_id FROM running)) AS busy
FROM open, ever`

const minutes = `
SELECT minute,
  coalesce(sum(tasks) FILTER (WHERE kind = 'accepted'), 0)::bigint AS accepted,
  coalesce(sum(tasks) FILTER (WHERE kind = 'completed'), 0)::bigint AS completed,
  coalesce(sum(wait_ms) FILTER (WHERE kind = 'completed')
    / nullif(sum(tasks) FILTER (WHERE kind = 'completed'), 0), 0)::float8 AS mean_wait_ms
FROM task_minutes WHERE minute > clock_timestamp() - interval '15 minutes' GROUP BY minute ORDER BY minute`

const busiestWorkers = `
SELECT worker_id, name, memory_mb, coalesce(completed, 0)::bigint AS completed,
  last_seen_at > clock_timestamp() - $1 * interval '1 millisecond' AS alive
FROM workers LEFT JOIN worker_totals USING (worker_id)
WHERE left_at IS NULL ORDER BY coalesce(completed, 0) DESC, worker_id LIMIT 20`

const newestTasks = `SELECT ${taskColumns}, able_idle_ms FROM tasks ORDER BY task_id DESC LIMIT 20`

const countLeftovers = `
SELECT
  (SELECT count(*) FROM workers
   WHERE run = $1 AND left_at IS NULL AND last_seen_at > clock_timestamp() - $2 * interval '1 millisecond') AS workers_alive,
  (SELECT count(*) FROM tasks WHERE state = 'queued' AND run = $1)
    + (SELECT count(*) FROM tasks WHERE state = 'running' AND run = $1) AS tasks_open`

// The counts of minutes that nobody looks at singly any more become one row at the beginning of time. Each gateway folds
// its own, so that no two of them wait for each other.
const foldOldMinutes = `
WITH old AS (
  DELETE FROM task_minutes
  WHERE writer = $1 AND minute > 'epoch' AND minute < clock_timestamp() - interval '1 hour'
  RETURNING kind, tasks, wait_ms
)
INSERT INTO task_minutes (minute, writer, kind, tasks, wait_ms)
SELECT 'epoch', $1, kind, sum(tasks), sum(wait_ms) FROM old GROUP BY kind
ON CONFLICT (minute, writer, kind)
DO UPDATE SET tasks = task_minutes.tasks + excluded.tasks, wait_ms = task_minutes.wait_ms + excluded.wait_ms`

type Counted = {
  waiting: number
  accepted: number
  completed: number
  failed: number
  oldest_wait_ms: number
  alive: number
  running: number
  busy: number
}

export class Statistics {
  readonly #database: Database
  readonly #aliveMs: number
  // Several readers at once share one count.
  readonly #counting: Batch<void, PoolStats>
  readonly #showing: Batch<void, Dashboard>

  /** @param shown what a planted defect makes of the figures */
  constructor(
    database: Database,
    heartbeatMs: number,
    private readonly shown: (stats: PoolStats) => PoolStats = (stats) => stats,
  ) {
    this.#database = database
    this.#aliveMs = missedHeartbeats * heartbeatMs
    this.#counting = new Batch(async (readers) => shared(readers, await this.#count()))
    this.#showing = new Batch(async (readers) => shared(readers, await this.#show()))
  }

  stats(): Promise<PoolStats> {
    return this.#counting.add()
  }

  dashboard(): Promise<Dashboard> {
    return this.#showing.add()
  }

  async leftovers(run: string): Promise<Leftovers> {
    const rows = await this.#database.query<Leftovers>('count-leftovers', countLeftovers, [
      run,
      this.#aliveMs,
    ])
    return rows[0] as Leftovers
  }

  /** Keeps what is counted over all minutes from taking longer with every minute. */
  async foldMinutes(gateway: string): Promise<void> {
    await this.#database.queryLazily('fold-minutes', foldOldMinutes, [gateway])
  }

  async #count(): Promise<PoolStats> {
    const rows = await this.#database.query<Counted>('count-pool', countPool, [this.#aliveMs])
    const { alive, busy, waiting, running, completed, failed, accepted, oldest_wait_ms } = rows[0] as Counted
    return this.shown({
      workers: { alive, busy, idle: alive - busy },
      tasks: { waiting, running, completed, failed, accepted },
      oldest_wait_ms: Math.max(0, oldest_wait_ms),
    })
  }

  async #show(): Promise<Dashboard> {
    const [stats, minuteRows, workerRows, taskRows] = await Promise.all([
      this.stats(),
      this.#database.query<Dashboard['minutes'][number] & { minute: unknown }>('minutes', minutes),
      this.#database.query<Dashboard['workers'][number]>('busiest-workers', busiestWorkers, [this.#aliveMs]),
      this.#database.query<TaskRow>('newest-tasks', newestTasks),
    ])
    return {
      stats,
      minutes: minuteRows.map((row) => ({ ...row, minute: (row.minute as unknown as Date).toISOString() })),
      workers: workerRows,
      tasks: taskRows.map(taskFromRow),
    }
  }
}

function shared<Answer>(readers: unknown[], answer: Answer): Answer[] {
  return readers.map(() => answer)
}
