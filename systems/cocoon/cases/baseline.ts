// S1: the pool at an easy pace, then a surge.
import type { Baseline } from '../../../scenarios/baseline.ts'
import type { PoolCase } from '../names.ts'
import {
  capacity,
  churn,
  client,
  follower,
  observer,
  tasksOf,
  visitor,
  workSeconds,
  worker,
} from '../loads.ts'

/**
 * The surge: tasks of 2.5 times the work, as many at once as the workers serve in 20 s, while arrivals go on at half of
 * that service rate. A first-in-first-out queue makes nobody wait much over 20 s; a last-in-first-out one makes its
 * first task wait until the whole backlog is gone, twice as long.
 */
function numbers(level: number, warmUp: string, steady: string): Baseline['numbers'] {
  const heavier = 2.5
  return {
    level,
    warmUp,
    steady,
    surge: {
      time: '4s',
      drain: '55s',
      backlog: Math.round((capacity(level) / heavier) * 20),
      lowerRate: 0.4,
      heavier,
    },
  }
}

const baseline: PoolCase<Baseline> = {
  id: 'cocoon/S1',
  scenario: 'baseline',
  source: 'Scenario 1: 10 workers, 100 clients, 30 minutes',
  numbers: (profile) =>
    ({
      smoke: numbers(10, '3s', '57s'),
      kill: numbers(10, '4s', '38s'),
      daily: numbers(100, '15s', '8m'),
      weekly: numbers(500, '30s', '57m'),
      monthly: numbers(1000, '1m', '3h57m'),
      quarterly: numbers(1000, '1m', '23h57m'),
      full: numbers(10, '30s', '28m'),
    })[profile],
  ...tasksOf(workSeconds),
  actors: () => [worker, follower, observer, client(0.5), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.latency-p99',
    'load.errors-normal',
    'allocation.latency-normal',
    'allocation.fairness',
    'allocation.no-starvation',
    'allocation.records',
    'allocation.queue',
    'target.submit-p95',
    'target.allocation-p95',
    'target.registration-p95',
    'target.dashboard-p95',
  ],
  required: ['load.latency-p95', 'load.errors-normal', 'allocation.no-starvation'],
}

export default baseline
