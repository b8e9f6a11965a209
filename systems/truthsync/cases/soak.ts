// S4: the same load for hours, and what it leaves in memory, latency and the cache.
import type { Soak } from '../../../scenarios/soak.ts'
import { requestsOf } from '../../../thresholds/truthsync-expectations.ts'
import { atRate, auditor, caller, regular } from '../loads.ts'
import type { ServiceCase } from '../names.ts'

const numbers = (
  level: number,
  join: string,
  [stretches, stretch, handover]: [number, string, string],
): Soak['numbers'] => ({ level, join, stretches, stretch, handover, drain: '5s' })

const soak: ServiceCase<Soak> = {
  id: 'truthsync/S4',
  scenario: 'soak',
  source: 'Scenario 4: endurance test, 100 users, 4 hours',
  numbers: (profile, settings) => {
    const at = atRate(settings)
    return {
      smoke: numbers(at(150), '20s', [2, '40s', '6s']),
      kill: numbers(at(60), '20s', [5, '2m50s', '10s']),
      daily: numbers(at(300), '20s', [4, '2m15s', '10s']),
      weekly: numbers(at(1000), '30s', [6, '9m30s', '20s']),
      monthly: numbers(at(requestsOf(100)), '30s', [8, '29m', '50s']),
      quarterly: numbers(at(requestsOf(100)), '30s', [24, '59m', '50s']),
      full: numbers(at(requestsOf(100)), '10s', [4, '59m', '50s']),
    }[profile]
  },
  actors: () => [caller, regular, auditor],
  criteria: [
    'baseline.errors',
    'baseline.cache-hit',
    'endurance.latency-drift',
    'endurance.memory',
    'endurance.cache-hit',
    'metrics.truth',
  ],
  required: ['baseline.errors', 'baseline.cache-hit'],
}

export default soak
