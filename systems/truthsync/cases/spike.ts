// S3: ten times the usual load from one second to the next, for a minute.
import type { Spike } from '../../../scenarios/spike.ts'
import { requestsOf } from '../../../thresholds/truthsync-expectations.ts'
import { atRate, auditor, caller, regular } from '../loads.ts'
import type { ServiceCase } from '../names.ts'

interface Times {
  join: string
  lead: string
  crest: string
  rest: string
}

const numbers = (top: number, times: Times): Spike['numbers'] => ({
  from: top / 10,
  to: top,
  ...times,
  // A step; k6 takes no less than a second.
  rise: '1s',
  fall: '1s',
  overloadRate: 1,
  lowerRate: 1,
})

const short = { join: '10s', lead: '10s', crest: '60s', rest: '36s' }

const spike: ServiceCase<Spike> = {
  id: 'truthsync/S3',
  scenario: 'spike',
  source: 'Scenario 3: spike test, ten times the load, 15 minutes',
  numbers: (profile, settings) => {
    const at = atRate(settings)
    return {
      smoke: numbers(at(400), short),
      kill: numbers(at(400), short),
      daily: numbers(at(1000), { join: '30s', lead: '3m', crest: '1m', rest: '5m' }),
      weekly: numbers(at(1000), { join: '1m', lead: '28m', crest: '1m', rest: '30m' }),
      monthly: numbers(at(requestsOf(200)), { join: '1m', lead: '2h', crest: '5m', rest: '1h54m' }),
      quarterly: numbers(at(requestsOf(200)), { join: '1m', lead: '12h', crest: '5m', rest: '11h54m' }),
      // The source says neither from where nor for how long: to the load of its stress test, for a minute.
      full: numbers(at(requestsOf(200)), { join: '1m', lead: '6m', crest: '1m', rest: '6m58s' }),
    }[profile]
  },
  actors: () => [caller, regular, auditor],
  criteria: ['spike.absorb', 'spike.recovery', 'spike.no-drops', 'spike.queue', 'metrics.truth'],
  required: ['spike.absorb', 'spike.recovery', 'spike.no-drops'],
}

export default spike
