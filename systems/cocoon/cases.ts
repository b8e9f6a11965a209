// The GPU pool's cases: the source's numbers, smaller where a profile says so.
import type { CaseDefinition, SystemCases } from '../../lib/system.ts'
import { apiSteps, cocoon } from '../../thresholds/cocoon.ts'

/** Capacity in tasks per second: five per worker, capped so that workers and not the machine's CPU are the limit. */
const capacity = (workers: number): number => Math.min(5 * workers, 150)

/** A request is given up after this long, so an arrival holds its virtual user no longer. */
const timeOutSeconds = 10

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
function baselineNumbers(workers: number, warmUp: string, steady: string): BaselineNumbers {
  const heavier = 2.5
  return {
    workers,
    warmUp,
    steady,
    surge: '4s',
    drain: '60s',
    backlog: Math.round((capacity(workers) / heavier) * 20),
    ebb: 0.4,
    heavier,
  }
}

const baseline: CaseDefinition<BaselineNumbers> = {
  id: 'cocoon/S1',
  source: 'Scenario 1: 10 workers, 100 clients, 30 minutes',
  numbers: (profile) =>
    ({
      smoke: baselineNumbers(10, '5s', '60s'),
      kill: baselineNumbers(10, '4s', '38s'),
      daily: baselineNumbers(100, '15s', '8m'),
      weekly: baselineNumbers(500, '30s', '57m'),
      monthly: baselineNumbers(1000, '1m', '3h57m'),
      quarterly: baselineNumbers(1000, '1m', '23h57m'),
      full: baselineNumbers(10, '30s', '28m'),
    })[profile],
  workSeconds: (workers) => workers / capacity(workers),
  actors: [
    { actor: 'worker', resident: 'planned' },
    { actor: 'follower', residentPer: { arrivalsOf: 'client', perSecond: 0.75 } },
    { actor: 'observer', resident: 1 },
    {
      actor: 'client',
      arrivals: { ofCapacity: 0.5, perSecond: 0 },
      follows: true,
      holdSeconds: timeOutSeconds,
      yields: {
        submit: 1,
        status: 1,
        result: 1,
        allocation: 1,
        'task-wait': 1,
        'accepted-task': 1,
        'able-idle': 1,
      },
      // A submission, a poll, a result, and three looks on average.
      requests: 6,
      opensWith: ['submit'],
    },
    {
      actor: 'churn',
      arrivals: { ofCapacity: 0, perSecond: 2 },
      follows: false,
      holdSeconds: 3 * timeOutSeconds,
      yields: { register: 1, heartbeat: 1 },
      requests: 3,
      opensWith: ['register'],
    },
    {
      actor: 'visitor',
      arrivals: { ofCapacity: 0, perSecond: 2 },
      follows: false,
      holdSeconds: 2 * timeOutSeconds,
      yields: { dashboard: 2, 'dashboard-load': 1 },
      requests: 2,
      opensWith: ['dashboard', 'dashboard-load'],
    },
  ],
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

export const cases: SystemCases = {
  cases: { baseline: [baseline] },
  criteria: cocoon,
  apiSteps,
  otherSteps: ['poll', 'leave', 'stats', 'leftovers'],
  accounts: { 'accepted-task': { promised: 'accepted', unsure: 'unsure-submission' } },
  observations: [
    'allocation',
    'task-wait',
    'able-idle',
    'accepted-task',
    'queue-length',
    'dashboard-load',
    'tasks-per-worker-hour',
  ],
  credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
}
