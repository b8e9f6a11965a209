// S5: the same load for a day, and what it leaves in memory, processor time, open files and latency.
import type { Soak } from '../../../scenarios/soak.ts'
import type { PoolCase } from '../names.ts'
import { churn, client, follower, observer, tasksOf, visitor, workSeconds, worker } from '../loads.ts'

const numbers = (
  level: number,
  join: string,
  [stretches, stretch, handover]: [number, string, string],
): Soak['numbers'] => ({ level, join, stretches, stretch, handover, drain: '10s' })

const soak: PoolCase<Soak> = {
  id: 'cocoon/S5',
  scenario: 'soak',
  source: 'Scenario 5: 1500 workers, 24 hours',
  numbers: (profile) =>
    ({
      smoke: numbers(20, '4s', [2, '38s', '6s']),
      kill: numbers(30, '6s', [5, '2m50s', '10s']),
      daily: numbers(100, '10s', [4, '2m15s', '15s']),
      weekly: numbers(500, '20s', [6, '9m30s', '30s']),
      monthly: numbers(1000, '1m', [8, '29m', '1m']),
      quarterly: numbers(1500, '1m', [24, '59m', '1m']),
      full: numbers(1500, '1m', [24, '59m', '1m']),
    })[profile],
  ...tasksOf(workSeconds),
  actors: () => [worker, follower, observer, client(0.4), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.latency-p99',
    'load.errors-normal',
    'allocation.no-starvation',
    'allocation.records',
    'soak.memory',
    'soak.cpu',
    'soak.resources',
    'soak.drift',
  ],
  required: ['load.latency-p95', 'load.errors-normal'],
}

export default soak
