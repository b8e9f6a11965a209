// S1: the service at a steady pace.
import type { Baseline } from '../../../scenarios/baseline.ts'
import { requestsOf } from '../../../thresholds/truthsync-expectations.ts'
import { atRate, auditor, caller, regular } from '../loads.ts'
import type { ServiceCase } from '../names.ts'

/** The warm-up fills the cache: until it is full nobody can say how often an answer is in it. */
const numbers = (level: number, warmUp: string, steady: string): Baseline['numbers'] => ({
  level,
  warmUp,
  steady,
  // Nothing waits in it that would have to be worked off.
  surge: null,
})

const baseline: ServiceCase<Baseline> = {
  id: 'truthsync/S1',
  scenario: 'baseline',
  source: 'Scenario 1: baseline performance, 50 users, 30 minutes',
  numbers: (profile, settings) => {
    const at = atRate(settings)
    return {
      smoke: numbers(at(220), '20s', '98s'),
      kill: numbers(at(220), '20s', '70s'),
      daily: numbers(at(500), '30s', '9m30s'),
      weekly: numbers(at(1000), '30s', '59m30s'),
      monthly: numbers(at(requestsOf(50)), '1m', '3h59m'),
      quarterly: numbers(at(requestsOf(50)), '1m', '23h59m'),
      full: numbers(at(requestsOf(50)), '10s', '29m50s'),
    }[profile]
  },
  actors: () => [caller, regular, auditor],
  criteria: [
    'baseline.latency-p99',
    'baseline.cache-hit',
    'baseline.errors',
    'baseline.speedup',
    'watch.p50',
    'watch.p95',
    'watch.cpu',
    'watch.4xx',
    'watch.5xx',
    'watch.timeouts',
    'metrics.truth',
    'config.effective',
  ],
  required: ['baseline.latency-p99', 'baseline.cache-hit', 'baseline.errors'],
  expectations: ['baseline.expected', 'baseline.speedup'],
}

export default baseline
