// The pool as a whole: its figures, what a run left in it, whether it is ready, and how it says no.
import { Type, type Static } from 'typebox'
import { flag, id, listOf, milliseconds, oneOf, text, time, whole } from './primitives.ts'
import { Task } from './tasks.ts'

export const PoolStats = Type.Object(
  {
    workers: Type.Object(
      {
        alive: whole(
          'Registered, not gone (see heartbeat_interval_ms), and not left. What a run has of them is known to the suite ' +
            'and held against this; those that came or were to go within the last 30 s may be counted or not',
        ),
        busy: whole('Those alive that have a task; for people'),
        idle: whole('Those alive that have none; for people'),
      },
      { description: 'Workers, counted' },
    ),
    tasks: Type.Object(
      {
        waiting: whole('Tasks in the state queued, those taken back from a worker among them'),
        running: whole('Tasks in the state running'),
        completed: whole('Tasks completed since the pool began; it only rises, whatever is forgotten'),
        failed: whole('Tasks failed since the pool began; it only rises'),
        accepted: whole(
          'Tasks accepted since the pool began: at rest, accepted = waiting + running + completed + failed',
        ),
      },
      { description: 'Tasks, counted' },
    ),
    oldest_wait_ms: milliseconds('For how long the task waits that waits longest; 0 where none does'),
  },
  {
    description:
      'Figures of the whole pool and not of one run, the same from every address, at most a second old. While a run goes on ' +
      'nobody else should submit to the pool: whoever does is in these figures',
  },
)
export type PoolStats = Static<typeof PoolStats>

const Minute = Type.Object({
  minute: time('Its beginning'),
  accepted: whole('Tasks accepted in it'),
  completed: whole('Tasks completed in it'),
  mean_wait_ms: Type.Number({ description: 'Mean wait of those completed in it' }),
})

const ShownWorker = Type.Object({
  worker_id: id('The worker'),
  name: id('Its name'),
  memory_mb: whole('Its GPU memory'),
  completed: whole('Tasks that it completed'),
  alive: flag('Whether it counts as alive'),
})

export const Dashboard = Type.Object({
  stats: PoolStats,
  minutes: listOf(Minute, 'The last minutes, oldest first; for people'),
  workers: listOf(ShownWorker, 'The busiest workers; the suite looks only whether the list is there'),
  tasks: listOf(Task, 'The newest tasks; the suite looks only whether the list is there'),
})
export type Dashboard = Static<typeof Dashboard>

export const Leftovers = Type.Object({
  workers_alive: whole('Workers of the run that count as alive: 0 when all have left'),
  tasks_open: whole('Tasks of the run that wait or run: 0 when all have ended'),
})
export type Leftovers = Static<typeof Leftovers>

export const HistoryRequest = Type.Object({
  tasks: whole('Completed tasks to add to those that there are', { minimum: 1, maximum: 2_000_000 }),
})
export type HistoryRequest = Static<typeof HistoryRequest>

export const HistoryAnswer = Type.Object({
  tasks: whole('Tasks that the pool has on record now; shown in the report'),
  bytes: whole('What they and all that belongs to them take, with indexes; shown in the report'),
})
export type HistoryAnswer = Static<typeof HistoryAnswer>

export const Ready = Type.Object({
  status: oneOf(
    { ready: 'It can do its work', not_ready: 'It cannot' },
    'Whether the pool can do its work; the status of the answer says the same',
  ),
  checks: Type.Object(
    { database: flag('Whether the database answers') },
    { description: 'What it needs, one by one' },
  ),
  defects: listOf(Type.String(), 'Names of planted defects that are switched on; empty in an honest pool'),
})
export type Ready = Static<typeof Ready>

export const ErrorAnswer = Type.Object({
  error: Type.Object(
    {
      code: Type.String({
        description: 'One of the codes at the top of this document',
        examples: ['not_found'],
      }),
      message: text('What was wrong, for people'),
      correlation_id: text('The id of the request, for people who look into logs'),
      details: Type.Optional(Type.Unknown({ description: 'More of it, for people' })),
    },
    { description: 'Why the request was not done as asked' },
  ),
})
export type ErrorAnswer = Static<typeof ErrorAnswer>
