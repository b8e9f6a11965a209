// S2: the most that is offered, held.
import type { Peak } from '../../../scenarios/peak.ts'
import { requestsOf } from '../../../thresholds/truthsync-expectations.ts'
import { atRate, auditor, caller, regular } from '../loads.ts'
import type { ServiceCase } from '../names.ts'

const numbers = (level: number, join: string, settle: string, hold: string): Peak['numbers'] => ({
  level,
  join,
  settle,
  hold,
})

const peak: ServiceCase<Peak> = {
  id: 'truthsync/S2',
  scenario: 'peak',
  source: 'Scenario 2: stress test, 200 users, 1 hour',
  numbers: (profile, settings) => {
    const at = atRate(settings)
    return {
      smoke: numbers(at(500), '8s', '15s', '60s'),
      // Long enough for a leak to be seen.
      kill: numbers(at(60), '5s', '10s', '13m'),
      daily: numbers(at(1000), '10s', '20s', '9m30s'),
      weekly: numbers(at(1000), '10s', '50s', '59m'),
      monthly: numbers(at(requestsOf(200)), '10s', '50s', '3h59m'),
      quarterly: numbers(at(requestsOf(200)), '10s', '50s', '23h59m'),
      full: numbers(at(requestsOf(200)), '10s', '50s', '59m'),
    }[profile]
  },
  actors: () => [caller, regular, auditor],
  criteria: [
    'stress.throughput',
    'stress.memory',
    'stress.cpu',
    'watch.4xx',
    'watch.5xx',
    'watch.timeouts',
    'metrics.truth',
  ],
  required: ['stress.cpu', 'watch.5xx', 'watch.timeouts'],
  expectations: ['stress.expected'],
}

export default peak
