// S4: workers and their clients come twentyfold within minutes and go again.
import type { CaseDefinition } from '../../../lib/system.ts'
import { capacity, churn, client, follower, observer, visitor, worker } from './loads.ts'

export interface SpikeNumbers {
  from: number
  to: number
  join: string
  lead: string
  rise: string
  crest: string
  fall: string
  rest: string
  /** Arrivals while workers come, relative to the time before: more than they can serve. */
  beyond: number
  /** Arrivals from the crest on: what has piled up is worked off. */
  ebb: number
}

const ofCapacity = 0.7
/** The tasks a second that all workers together can do. */
const mostPerSecond = 100

function numbers(
  [from, to]: [number, number],
  times: { join: string; lead: string; rise: string; crest: string; fall: string; rest: string },
): SpikeNumbers {
  return { from, to, ...times, beyond: 1.15 / ofCapacity, ebb: 0.4 / ofCapacity }
}

const twentyfold = { join: '5s', rise: '5m', crest: '3m', fall: '1m' }

export const spike: CaseDefinition<SpikeNumbers> = {
  id: 'cocoon/S4',
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
  workSeconds: (_, most) => most / capacity(most, mostPerSecond),
  actors: () => [worker, follower, observer, client(ofCapacity), churn, visitor],
  criteria: [
    'load.latency-p95',
    'load.errors-peak',
    'allocation.no-starvation',
    'spike.recovery',
    'spike.autoscaling',
    'spike.nothing-lost',
  ],
  required: ['spike.recovery', 'spike.nothing-lost'],
}
