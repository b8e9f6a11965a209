// B1: ever more requests, step by step, until the service breaks or the highest rate of the profile is reached.
import type { Ramp } from '../../../scenarios/ramp.ts'
import { requestsOf } from '../../../thresholds/truthsync-expectations.ts'
import { atRate, auditor, caller, regular } from '../loads.ts'
import type { ServiceCase } from '../names.ts'

type Times = Pick<Ramp['numbers'], 'rise' | 'step' | 'overload' | 'rest'>

const numbers = (top: number, steps: number, times: Times): Ramp['numbers'] => ({
  steps: Array.from({ length: steps }, (_, index) => Math.round((top * (index + 1)) / steps)),
  ...times,
  // Beyond the last step, which nothing is promised of.
  overloadRate: 1.5,
  lowerRate: 0.2,
})

const short = { rise: '2s', step: '14s', overload: '8s', rest: '10s' }
const long = { rise: '10s', step: '5m', overload: '1m', rest: '2m' }

const ramp: ServiceCase<Ramp> = {
  id: 'truthsync/B1',
  scenario: 'ramp',
  source: 'Scenario 2: stress test, to 200 users: find the breaking point',
  numbers: (profile, settings) => {
    const at = atRate(settings)
    return {
      smoke: numbers(at(500), 5, short),
      kill: numbers(at(500), 5, short),
      daily: numbers(at(1000), 10, { rise: '5s', step: '45s', overload: '30s', rest: '1m' }),
      weekly: numbers(at(1000), 10, long),
      monthly: numbers(at(requestsOf(200)), 10, { ...long, step: '20m' }),
      quarterly: numbers(at(requestsOf(200)), 10, { ...long, step: '2h' }),
      // The source says no steps: its hour, in ten of them.
      full: numbers(at(requestsOf(200)), 10, long),
    }[profile]
  },
  actors: () => [caller, regular, auditor],
  criteria: ['stress.breaking-point', 'watch.5xx', 'watch.timeouts', 'metrics.truth'],
  required: ['stress.breaking-point'],
}

export default ramp
