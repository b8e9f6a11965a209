// S1: the pool at an easy pace, then a surge.
import type { CaseDefinition } from '../../../lib/system.ts'
import { capacity, churn, client, follower, observer, visitor, worker, workSeconds } from './loads.ts'

export interface BaselineNumbers {
  workers: number
  warmUp: string
  steady: string
  surge: string
  drain: string
  /** Tasks that arrive at once in the surge. */
  backlog: number
  /** Arrivals in surge and drain, and work per task, relative to the steady load. */
  ebb: number
  heavier: number
}

/**
 * The surge: tasks of 2.5 times the work, as many at once as the workers serve in 20 s, while arrivals go on at half of
 * that service rate. A first-in-first-out queue makes nobody wait much over 20 s; a last-in-first-out one makes its
 * first task wait until the whole backlog is gone, twice as long.
 */
function numbers(workers: number, warmUp: string, steady: string): BaselineNumbers {
  const heavier = 2.5
  return {
    workers,
    warmUp,
    steady,
    surge: '4s',
    drain: '55s',
    backlog: Math.round((capacity(workers) / heavier) * 20),
    ebb: 0.4,
    heavier,
  }
}

export const baseline: CaseDefinition<BaselineNumbers> = {
  id: 'cocoon/S1',
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
  workSeconds,
  actors: () => [worker, follower, observer, client(0.5), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.latency-p99',
    'load.errors-normal',
    'allocation.latency-normal',
    'allocation.fairness',
    'allocation.no-starvation',
    'allocation.queue',
    'target.submit-p95',
    'target.allocation-p95',
    'target.registration-p95',
    'target.dashboard-p95',
  ],
  required: ['load.latency-p95', 'load.errors-normal', 'allocation.no-starvation'],
}
