// D1: the same load on a hundred times the history.
import type { Growth } from '../../../scenarios/growth.ts'
import type { PoolCase } from '../names.ts'
import { client, follower, observer, tasksOf, workSeconds, worker } from '../loads.ts'

const numbers = (small: number, level: number, grow: string, read: string): Growth['numbers'] => ({
  level,
  small,
  large: 100 * small,
  fill: '8s',
  grow,
  read,
})

const growth: PoolCase<Growth> = {
  id: 'cocoon/D1',
  scenario: 'growth',
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
  ...tasksOf(workSeconds),
  actors: () => [
    worker,
    follower,
    observer,
    client(0.5),
    { actor: 'historian', residents: 1, yieldsEach: { history: 1 } },
  ],
  criteria: ['load.latency-p95', 'load.errors-normal', 'target.storage'],
  required: ['target.storage'],
}

export default growth
