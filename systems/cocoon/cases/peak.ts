// S3: the most workers at once, joined quickly and held; and the most clients at once.
import type { Peak } from '../../../scenarios/peak.ts'
import type { PoolCase, PoolLoad } from '../names.ts'
import { client, follower, observer, tasksOf, visitor, workSeconds, worker } from '../loads.ts'

/** The workers join at this rate; few of them more slowly. */
const joinsPerSecond = 60
const shortestJoinMs = 2000

const numbers = (level: number, settle: string, hold: string): Peak['numbers'] => ({
  level,
  join: `${Math.max(shortestJoinMs, Math.round((1000 * level) / joinsPerSecond))}ms`,
  settle,
  hold,
})

/** A thousand, and some more, so that one which is replaced is not missed. */
const thousand = 1050

const peak: PoolCase<Peak> = {
  id: 'cocoon/S3',
  scenario: 'peak',
  source: 'Scenario 3: 1000+ concurrent workers, 1 hour',
  numbers: (profile) =>
    ({
      smoke: numbers(30, '10s', '60s'),
      kill: numbers(thousand, '15s', '45s'),
      daily: numbers(100, '20s', '9m'),
      weekly: numbers(500, '30s', '59m'),
      monthly: numbers(thousand, '40s', '3h58m'),
      quarterly: numbers(thousand, '40s', '23h58m'),
      full: numbers(thousand, '40s', '1h'),
    })[profile],
  // At least so long that the way from one task to the next is little beside it: the peak is near the workers' capacity.
  ...tasksOf((workers) => Math.max(1, workSeconds(workers))),
  actors: () => [
    worker,
    follower,
    observer,
    // A task of some seconds is looked at six times.
    client(0.84, 6),
    visitor,
  ],
  criteria: [
    'load.concurrent-workers',
    'load.errors-peak',
    'allocation.latency-peak',
    'allocation.no-starvation',
    'allocation.records',
    'target.dashboard-p95',
    'target.tasks-rate',
    'target.registrations-rate',
    'target.requests-rate',
  ],
  required: ['load.errors-peak', 'allocation.latency-peak'],
}

/** Clients with a session each, of whom each submits a task about once a minute. */
const session = (count: number): PoolLoad => ({
  actor: 'session',
  residents: count,
  yieldsEach: { 'client-session': 1 },
  yieldsPerSecond: { submit: 1 / 52, result: 1 / 52 },
})

/** The peak of clients with a session of their own, beside a few workers. */
type Clients = Peak['numbers'] & { sessions: number }

/** They come one after the other, so that their tasks are spread over the minute; and a few more than are promised. */
const sessions = (count: number, hold: string): Clients => ({
  level: 60,
  join: '2s',
  settle: '70s',
  hold,
  sessions: count,
})
const tenThousand = 10_050

const clients: PoolCase<{ name: 'peak'; numbers: Clients }> = {
  id: 'cocoon/C1',
  scenario: 'peak',
  source: 'Target: 10,000+ concurrent clients',
  numbers: (profile) =>
    ({
      smoke: { ...sessions(500, '60s'), settle: '30s' },
      kill: sessions(tenThousand, '75s'),
      daily: sessions(tenThousand, '8m'),
      weekly: sessions(tenThousand, '58m'),
      monthly: sessions(tenThousand, '3h58m'),
      quarterly: sessions(tenThousand, '23h58m'),
      full: sessions(tenThousand, '1h'),
    })[profile],
  // Half of what the workers can do is asked of them.
  ...tasksOf(() => 0.15),
  actors: ({ sessions: count }) => [worker, observer, visitor, session(count)],
  criteria: ['load.errors-peak', 'target.dashboard-p95', 'target.clients'],
  required: ['load.errors-peak'],
}

export default [peak, clients]
