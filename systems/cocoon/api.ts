// The pool's contract: what any GPU pool must offer so that Assay can judge it.
// The testbed serves exactly these schemas (and publishes them as OpenAPI); the k6 side imports only the types, so
// that no virtual user pays for a schema it never evaluates.
import { Type, type Static } from 'typebox'
import { Account, Id, Milliseconds, Nanoton, Run, Time } from './primitives.ts'

export * from './payments-api.ts'

export const RegisterRequest = Type.Object({
  name: Id,
  gpu_model: Type.String({ maxLength: 100 }),
  memory_mb: Type.Integer({ minimum: 1 }),
  run: Type.Optional(Run),
  /** Where what the worker earns is paid to; several workers may share an account. */
  payout_account: Type.Optional(Account),
  /** From this sum on the account is paid without being asked. */
  payout_threshold_nanoton: Type.Optional(Nanoton),
})
export type RegisterRequest = Static<typeof RegisterRequest>

export const RegisterAnswer = Type.Object({
  worker_id: Id,
  /** Bearer token of this worker; every later call of the worker carries it. */
  token: Type.String(),
  /** A worker not heard of for three of these is no longer counted as alive. A poll counts as a heartbeat. */
  heartbeat_interval_ms: Milliseconds,
  /** A task not answered within this time is given to another worker. */
  lease_ms: Milliseconds,
})
export type RegisterAnswer = Static<typeof RegisterAnswer>

export const HeartbeatAnswer = Type.Object({
  status: Type.Literal('active'),
  next_heartbeat_ms: Milliseconds,
})
export type HeartbeatAnswer = Static<typeof HeartbeatAnswer>

/** The pool holds a poll up to wait_ms and answers 204 when no task came. */
export const PollRequest = Type.Object({ wait_ms: Type.Integer({ minimum: 0, maximum: 30_000 }) })
export type PollRequest = Static<typeof PollRequest>

export const PollAnswer = Type.Object({
  task_id: Id,
  lease_id: Id,
  lease_expires_at: Time,
  memory_mb: Type.Integer(),
  priority: Type.Integer(),
  prompt: Type.String(),
})
export type PollAnswer = Static<typeof PollAnswer>

export const ResultRequest = Type.Object({ lease_id: Id, output: Type.String({ maxLength: 10_000 }) })
export type ResultRequest = Static<typeof ResultRequest>

/** Sending the same result again answers 200 with duplicate: true; a lost lease answers 409 lease_lost. */
export const ResultAnswer = Type.Object({
  task_id: Id,
  state: Type.Literal('completed'),
  duplicate: Type.Boolean(),
})
export type ResultAnswer = Static<typeof ResultAnswer>

export const SubmitRequest = Type.Object({
  client_id: Id,
  /** GPU memory that the task needs; only workers with at least as much may run it. */
  memory_mb: Type.Integer({ minimum: 1 }),
  /** 1 (least) to 10 (most urgent). */
  priority: Type.Integer({ minimum: 1, maximum: 10 }),
  prompt: Type.String({ maxLength: 10_000 }),
  run: Type.Optional(Run),
  /** How long the client is willing to wait for a worker. What is expected to wait longer is refused as queue_full. */
  max_wait_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_600_000 })),
})
export type SubmitRequest = Static<typeof SubmitRequest>

export const TaskState = Type.Union([
  Type.Literal('queued'),
  Type.Literal('running'),
  Type.Literal('completed'),
  Type.Literal('failed'),
])

/** One task, as the pool records it. Answers both the submission and every status read. */
export const Task = Type.Object({
  task_id: Id,
  idempotency_key: Id,
  client_id: Id,
  state: TaskState,
  memory_mb: Type.Integer(),
  priority: Type.Integer(),
  accepted_at: Time,
  /** The first assignment, by the same clock as accepted_at. */
  assigned_at: Type.Union([Time, Type.Null()]),
  ended_at: Type.Union([Time, Type.Null()]),
  /** For how long, while this task waited, at least one worker able to run it was idle (waiting in a poll). */
  able_idle_ms: Milliseconds,
  attempts: Type.Integer({ minimum: 0 }),
  worker_id: Type.Union([Id, Type.Null()]),
  /** Why a failed task failed. */
  reason: Type.Union([Type.String(), Type.Null()]),
})
export type Task = Static<typeof Task>

export const PoolStats = Type.Object({
  workers: Type.Object({
    alive: Type.Integer(),
    busy: Type.Integer(),
    idle: Type.Integer(),
  }),
  tasks: Type.Object({
    waiting: Type.Integer(),
    running: Type.Integer(),
    completed: Type.Integer(),
    failed: Type.Integer(),
    accepted: Type.Integer(),
  }),
  oldest_wait_ms: Milliseconds,
})
export type PoolStats = Static<typeof PoolStats>

/** What the dashboard page shows: the pool's figures of the last minutes, its busiest workers and its newest tasks. */
export const Dashboard = Type.Object({
  stats: PoolStats,
  minutes: Type.Array(
    Type.Object({
      minute: Time,
      accepted: Type.Integer(),
      completed: Type.Integer(),
      mean_wait_ms: Type.Number(),
    }),
  ),
  workers: Type.Array(
    Type.Object({
      worker_id: Id,
      name: Id,
      memory_mb: Type.Integer(),
      completed: Type.Integer(),
      alive: Type.Boolean(),
    }),
  ),
  tasks: Type.Array(Task),
})
export type Dashboard = Static<typeof Dashboard>

/** What one run left in the pool. Both are 0 after a clean end. */
export const Leftovers = Type.Object({ workers_alive: Type.Integer(), tasks_open: Type.Integer() })
export type Leftovers = Static<typeof Leftovers>

/** A testbed's own: how many tasks of the past to fill the pool with. */
export const HistoryRequest = Type.Object({ tasks: Type.Integer({ minimum: 1, maximum: 2_000_000 }) })
export type HistoryRequest = Static<typeof HistoryRequest>

/** Tasks that the pool has on record, and the bytes that they and what belongs to them take with their indexes. */
export const HistoryAnswer = Type.Object({ tasks: Type.Integer(), bytes: Type.Integer() })
export type HistoryAnswer = Static<typeof HistoryAnswer>

export const Ready = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not_ready')]),
  checks: Type.Object({ database: Type.Boolean() }),
  /** Names of planted defects that are switched on; empty on an honest pool. */
  defects: Type.Array(Type.String()),
})
export type Ready = Static<typeof Ready>

export const ErrorAnswer = Type.Object({
  error: Type.Object({
    code: Type.String(),
    message: Type.String(),
    correlation_id: Type.String(),
    details: Type.Optional(Type.Unknown()),
  }),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>

/**
 * Every error the pool answers: its HTTP status, whether it is certain that the request was not applied
 * (definite), and what it means. 429 and 503 carry Retry-After in seconds.
 */
export const errorTable = {
  malformed_request: {
    status: 400,
    definite: true,
    meaning: 'a field is missing, unknown or out of its range',
  },
  unauthorized: { status: 401, definite: true, meaning: 'no token, or one that is not known' },
  forbidden: { status: 403, definite: true, meaning: 'the token belongs to somebody else' },
  not_found: { status: 404, definite: true, meaning: 'no such path, worker, task or submission' },
  method_not_allowed: { status: 405, definite: true, meaning: 'the path exists, the method does not' },
  lease_lost: {
    status: 409,
    definite: true,
    meaning: 'the task was given to another worker after its lease ended',
  },
  insufficient_funds: {
    status: 422,
    definite: true,
    meaning: 'the account has not earned so much that was not paid yet',
  },
  key_reused: { status: 409, definite: true, meaning: 'the Idempotency-Key was used with another body' },
  rate_limited: { status: 429, definite: true, meaning: 'this client sends too fast' },
  queue_full: {
    status: 503,
    definite: true,
    meaning: 'the bounded queue is full, or its wait is longer than the client allows',
  },
  not_ready: { status: 503, definite: true, meaning: 'the service cannot reach what it needs' },
  internal: {
    status: 500,
    definite: false,
    meaning: 'the pool failed; the request may or may not have been applied',
  },
} as const
export type ErrorCode = keyof typeof errorTable
