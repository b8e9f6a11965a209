// S2: the pool grows step by step, is asked for twice what it can do, and recovers.
import type { Ramp } from '../../../scenarios/ramp.ts'
import type { PoolCase } from '../names.ts'
import { capacity, churn, client, follower, observer, tasksOf, visitor, worker } from '../loads.ts'

/** Of the workers' capacity: what a step offers. Twice the capacity is asked of them in overload. */
const ofCapacity = 0.8
/**
 * The tasks a second that the last step can do. Twice as many submissions, and all that follows from them, are still
 * less than the smallest machine carries.
 */
const mostPerSecond = 100
/**
 * A client waits for two and a half times the work: what it accepts then stays within 4 times its normal turnaround.
 * And not so long that the work is not done 10 s after its submission.
 */
const [patienceOfWork, longestPatienceSeconds] = [2.5, 2]

function numbers(
  steps: number[],
  times: { rise: string; step: string; overload: string; rest: string },
): Ramp['numbers'] {
  return { steps, ...times, overloadRate: 2 / ofCapacity, lowerRate: 0.5 }
}

const tenSteps = (workers: number): number[] =>
  Array.from({ length: 10 }, (_, index) => (workers * (index + 1)) / 10)

const ramp: PoolCase<Ramp> = {
  id: 'cocoon/S2',
  scenario: 'ramp',
  source: 'Scenario 2: 0 to 1000 workers over 2 hours, 3 hours in all',
  numbers: (profile) =>
    ({
      smoke: numbers([2, 4, 6, 8, 10], { rise: '2s', step: '10s', overload: '12s', rest: '30s' }),
      kill: numbers([10, 40, 70, 100], { rise: '4s', step: '46s', overload: '20s', rest: '65s' }),
      daily: numbers(tenSteps(100), { rise: '4s', step: '44s', overload: '30s', rest: '90s' }),
      weekly: numbers(tenSteps(500), { rise: '30s', step: '4m30s', overload: '3m', rest: '7m' }),
      monthly: numbers(tenSteps(1000), { rise: '2m', step: '20m', overload: '5m', rest: '15m' }),
      quarterly: numbers(tenSteps(1000), { rise: '10m', step: '2h10m', overload: '10m', rest: '30m' }),
      full: numbers(tenSteps(1000), { rise: '2m', step: '10m', overload: '20m', rest: '40m' }),
    })[profile],
  ...tasksOf(
    (_, most) => most / capacity(most, mostPerSecond),
    (work) => Math.min(patienceOfWork * work, longestPatienceSeconds),
  ),
  actors: () => [worker, follower, observer, client(ofCapacity), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.latency-p99',
    'load.errors-normal',
    'load.degradation',
    'allocation.latency-normal',
    'allocation.no-starvation',
    'allocation.records',
    'target.registration-p95',
    'target.scaling',
  ],
  required: ['load.latency-p95', 'load.errors-normal', 'load.degradation'],
}

export default ramp
