// What clients ask, and how the pool shows a task.
import { Type, type Static } from 'typebox'
import { id, idOrNull, milliseconds, oneOf, run, textOrNull, time, timeOrNull, whole } from './primitives.ts'

export const SubmitRequest = Type.Object({
  client_id: id(
    'Who submits, for limits per client and for people. All clients of a run come from few addresses. Each submits up to five ' +
      'times a second: a limit per client has to leave it ten',
  ),
  memory_mb: whole(
    'GPU memory that the task needs: workers with at least as much are able to run it, and no others',
    {
      minimum: 1,
    },
  ),
  priority: whole(
    '1 (least urgent) to 10 (most urgent). Among tasks that wait, the more urgent one comes first, but waiting counts, too: ' +
      'see the operation poll',
    { minimum: 1, maximum: 10 },
  ),
  prompt: Type.String({
    maxLength: 10_000,
    description: 'What the worker is to do; shown to it by its poll',
  }),
  run: Type.Optional(run()),
  max_wait_ms: Type.Optional(
    whole(
      'How long the client is willing to wait for a worker. A task that is expected to wait longer is refused at once ' +
        '(503 queue_full, with Retry-After); left out, it may wait for ever. A pool that ignores it accepts what it ' +
        'cannot do in time, and will not degrade gracefully under twice its capacity. It is no part of the content that a ' +
        'key stands for',
      { minimum: 0, maximum: 3_600_000 },
    ),
  ),
})
export type SubmitRequest = Static<typeof SubmitRequest>

export const TaskState = oneOf(
  {
    queued: 'Waits for a worker, for the first time or because it was taken back from one',
    running: 'A worker has it',
    completed: 'Its result is stored; it stays so',
    failed: 'The pool gave it up, and says why; it stays so',
  },
  'Every accepted task ends: as completed, or as failed with a reason',
)

export const Task = Type.Object(
  {
    task_id: id('The task'),
    idempotency_key: id('The Idempotency-Key of its submission'),
    client_id: id('As submitted'),
    state: TaskState,
    memory_mb: whole('As submitted'),
    priority: whole('As submitted'),
    accepted_at: time('When it was accepted. From then on it waits'),
    assigned_at: timeOrNull(
      'When it was given to a worker for the FIRST time; null until then. It stays what it is when the task is taken back ' +
        'and given to another worker. What lies between accepted_at and this is how long the task waited',
    ),
    ended_at: timeOrNull(
      'When it was completed or failed; null until then. What lies between accepted_at and this is how long a completed task took',
    ),
    able_idle_ms: milliseconds(
      'For how long, of all the time for which this task waited (also after it was taken back), at least one worker that is able to run it waited, too: in an ' +
        'open poll, and not only registered and without a task. Times with several such workers count once. 0 where all able ' +
        'workers were busy, or away, throughout. It stays what it is from the last assignment on',
    ),
    attempts: whole(
      'How often it was given to a worker: 0 at first, 1 from its first assignment on, and one more each time that ' +
        'another worker gets it. An assignment whose worker had hung up before it could be told does not count',
      { minimum: 0 },
    ),
    worker_id: idOrNull('The worker that has it now, or whose result it has; null while it waits'),
    reason: textOrNull('Why it failed, in words, and never empty then; null in every other state'),
  },
  {
    description:
      'One task, as the pool has it now: the answer to its submission and to every look at it. It can be read under its key as ' +
      'soon as its submission was answered, through every address of the pool, and no answer is older than one before. When it ' +
      'has ended it stays as it is, for at least 25 hours: the longest run takes a day, and asks again at its end for what was ' +
      'there before. All its times are of one clock of the pool, whichever of its servers writes them, to the millisecond. ' +
      'Differences between them are judged, with 2 ms for rounding; the clock need not agree with ours',
  },
)
export type Task = Static<typeof Task>
