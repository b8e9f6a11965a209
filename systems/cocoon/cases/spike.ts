// S4: workers and their clients come twentyfold within minutes and go again.
import type { Spike } from '../../../scenarios/spike.ts'
import type { PoolCase } from '../names.ts'
import { capacity, churn, client, follower, observer, tasksOf, visitor, worker } from '../loads.ts'

const ofCapacity = 0.7
/** The tasks a second that all workers together can do. */
const mostPerSecond = 100

function numbers(
  [from, to]: [number, number],
  times: { join: string; lead: string; rise: string; crest: string; fall: string; rest: string },
): Spike['numbers'] {
  return { from, to, ...times, overloadRate: 1.15 / ofCapacity, lowerRate: 0.4 / ofCapacity }
}

const twentyfold = { join: '5s', rise: '5m', crest: '3m', fall: '1m' }

const spike: PoolCase<Spike> = {
  id: 'cocoon/S4',
  scenario: 'spike',
  source: 'Scenario 4: 100 to 2000 workers in 5 minutes, back to 100, 30 minutes',
  numbers: (profile) =>
    ({
      smoke: numbers([5, 80], {
        join: '2s',
        lead: '24s',
        rise: '20s',
        crest: '18s',
        fall: '5s',
        rest: '30s',
      }),
      kill: numbers([5, 80], { join: '2s', lead: '24s', rise: '20s', crest: '18s', fall: '5s', rest: '65s' }),
      daily: numbers([5, 100], {
        join: '2s',
        lead: '2m',
        rise: '1m',
        crest: '1m',
        fall: '10s',
        rest: '5m',
      }),
      weekly: numbers([25, 500], { ...twentyfold, lead: '20m', rest: '30m' }),
      monthly: numbers([100, 2000], { ...twentyfold, lead: '2h', rest: '1h50m' }),
      quarterly: numbers([100, 2000], { ...twentyfold, lead: '12h', rest: '11h50m' }),
      full: numbers([100, 2000], { ...twentyfold, lead: '5m', rest: '16m' }),
    })[profile],
  ...tasksOf((_, most) => most / capacity(most, mostPerSecond)),
  actors: () => [worker, follower, observer, client(ofCapacity), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.errors-peak',
    'allocation.no-starvation',
    'allocation.records',
    'spike.recovery',
    'spike.autoscaling',
    'spike.nothing-lost',
  ],
  required: ['spike.recovery', 'spike.nothing-lost'],
}

export default spike
