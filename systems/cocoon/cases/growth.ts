// D1: the same load on a hundred times the history.
import type { CaseDefinition } from '../../../lib/system.ts'
import { client, follower, observer, worker, workSeconds } from './loads.ts'

export interface GrowthNumbers {
  workers: number
  /** Tasks of the past, before and in all. */
  small: number
  large: number
  /** Time to fill the pool with each, and for which each is read. */
  fill: string
  grow: string
  read: string
}

const numbers = (small: number, workers: number, grow: string, read: string): GrowthNumbers => ({
  workers,
  small,
  large: 100 * small,
  fill: '8s',
  grow,
  read,
})

export const growth: CaseDefinition<GrowthNumbers> = {
  id: 'cocoon/D1',
  source: 'Target: petabyte-scale data support, as a projection',
  numbers: (profile) =>
    ({
      smoke: numbers(500, 10, '12s', '28s'),
      kill: numbers(2_000, 10, '25s', '30s'),
      daily: numbers(5_000, 10, '90s', '3m30s'),
      weekly: numbers(10_000, 20, '4m', '25m'),
      monthly: numbers(10_000, 20, '4m', '1h55m'),
      quarterly: numbers(10_000, 20, '4m', '11h55m'),
      full: numbers(10_000, 20, '4m', '25m'),
    })[profile],
  workSeconds,
  actors: () => [
    worker,
    follower,
    observer,
    client(0.5),
    { actor: 'historian', resident: 1, yieldsEach: { history: 1 } },
  ],
  criteria: ['load.latency-p95', 'load.errors-normal', 'target.storage'],
  required: ['target.storage'],
}
