// What workers ask, and are answered.
import { Type, type Static } from 'typebox'
import { account, flag, id, milliseconds, nanoton, run, text, time, whole } from './primitives.ts'

export const RegisterRequest = Type.Object({
  name: id('Names the worker for people. Not unique: every registration makes a worker of its own'),
  gpu_model: Type.String({ maxLength: 100, description: 'For people; nothing depends on it' }),
  memory_mb: whole('GPU memory of the worker: it is able to run the tasks that need at most as much', {
    minimum: 1,
  }),
  run: Type.Optional(run()),
  payout_account: Type.Optional(
    account(
      'Where what the worker earns is paid to, which several workers may share; a pool that pays nobody ignores it',
    ),
  ),
  payout_threshold_nanoton: Type.Optional(
    nanoton(
      'As soon as so much is available the account is paid without being asked: at least this sum, and so much that less ' +
        'than it is left. Left out: only what is asked for is paid',
    ),
  ),
})
export type RegisterRequest = Static<typeof RegisterRequest>

export const RegisterAnswer = Type.Object({
  worker_id: id('The new worker, in paths and in tasks; the suite puts it into paths as it is'),
  token: text(
    'Bearer token of this worker, for every later request of it. It stays good while the worker is registered, whichever ' +
      'server of the pool is asked, and whichever was restarted meanwhile',
  ),
  heartbeat_interval_ms: milliseconds(
    'A worker that has no poll open sends a heartbeat so often. One not heard of for three intervals is gone: it is ' +
      'not counted as alive any more, and comes back to life with its next request. Every request with its token counts ' +
      'as hearing of it, and a poll for as long as it is held. Up to 10000 suits the suite, which allows for 30 s until ' +
      'a worker that is gone is not counted any more',
  ),
  lease_ms: milliseconds(
    'A task that has no result so long after it was given to a worker is taken back, and given to another able one. ' +
      'Heartbeats need not make the lease longer, and do not in the reference pool. The work of a task takes up to 25 s, and up ' +
      'to 30 s in a spike of 2000 workers: a shorter lease loses results. A task whose worker is gone has to run elsewhere ' +
      'within 60 s',
  ),
})
export type RegisterAnswer = Static<typeof RegisterAnswer>

export const HeartbeatAnswer = Type.Object({
  status: Type.Literal('active', { description: 'The worker is registered' }),
  next_heartbeat_ms: milliseconds('When the next one is wanted; the suite goes by heartbeat_interval_ms'),
})
export type HeartbeatAnswer = Static<typeof HeartbeatAnswer>

export const PollRequest = Type.Object({
  wait_ms: whole(
    'For how long the worker waits at most. The suite waits up to 5000, and 10 s more for the answer to arrive',
    { minimum: 0, maximum: 30_000 },
  ),
})
export type PollRequest = Static<typeof PollRequest>

export const PollAnswer = Type.Object({
  task_id: id('The task, in the path of its result; the suite puts it into the path as it is'),
  lease_id: id('This assignment of the task; its result has to name it'),
  lease_expires_at: time('When the task is taken back; for people'),
  memory_mb: whole('What the task needs, as submitted. Its worker is paid by it'),
  priority: whole('As submitted; for people'),
  prompt: Type.Optional(
    text(
      'What the client wrote, unchanged: the key of the task in the case of the suite. A pool may leave it out, or show another ' +
        'text. Then what only workers can see is not claimed: allocation.latency-*, target.allocation-p95, allocation.queue and ' +
        'allocation.records, for which what a record says of its wait is held against when the task was really given away, ' +
        'fault.worker-recovery, and of fault.no-data-loss that acknowledged results are still there',
    ),
  ),
})
export type PollAnswer = Static<typeof PollAnswer>

export const ResultRequest = Type.Object({
  lease_id: id('As answered by the poll'),
  output: Type.String({ maxLength: 10_000, description: 'The result; nobody asks for it again' }),
})
export type ResultRequest = Static<typeof ResultRequest>

export const ResultAnswer = Type.Object({
  task_id: id('The task'),
  state: Type.Literal('completed', { description: 'The result is stored' }),
  duplicate: flag('Whether the same result was taken before; for people'),
})
export type ResultAnswer = Static<typeof ResultAnswer>
