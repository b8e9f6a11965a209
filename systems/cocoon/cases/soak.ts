// S5: the same load for a day, and what it leaves in memory, processor time, open files and latency.
import type { CaseDefinition } from '../../../lib/system.ts'
import { churn, client, follower, observer, visitor, worker, workSeconds } from './loads.ts'

export interface SoakNumbers {
  workers: number
  join: string
  /** Load between two handovers, and how many such stretches there are. */
  stretch: string
  stretches: number
  handover: string
  drain: string
}

const numbers = (
  workers: number,
  join: string,
  [stretches, stretch, handover]: [number, string, string],
): SoakNumbers => ({ workers, join, stretches, stretch, handover, drain: '10s' })

export const soak: CaseDefinition<SoakNumbers> = {
  id: 'cocoon/S5',
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
  workSeconds,
  actors: () => [worker, follower, observer, client(0.4), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.latency-p99',
    'load.errors-normal',
    'allocation.no-starvation',
    'soak.memory',
    'soak.cpu',
    'soak.resources',
    'soak.drift',
  ],
  required: ['load.latency-p95', 'load.errors-normal'],
}
