// What the GPU pool promises while something is broken on purpose, and what every fault has to show of itself.
import type { PhaseKind } from '../verdict/criterion.ts'
import { backToNormal, everyTaskEnds, laws, staysEnded } from './cocoon-rules.ts'
import { criteria, errors, everyFault, ms, never, percent, recovery, seconds } from './limits.ts'

/** Whatever is broken in them. */
const faultKinds: PhaseKind[] = ['normal', 'fault', 'degraded', 'recovery']
/** What whoever looks for answers has to find at the least. */
const fewestFound = 20

export const faultCriteria = criteria('cocoon-gpu-pool.md', {
  'fault.bite': ['Each fault took effect', everyFault('bite', 'a fault was not shown to take effect')],
  'fault.heal': [
    'Each fault ended and left nothing',
    everyFault('heal', 'a fault did not heal in time, or left something'),
  ],
  'fault.recovery': ['Recovery mechanisms: back to normal within 60 seconds', ...backToNormal('fault')],
  'fault.no-data-loss': [
    'No data loss on single component failure',
    everyTaskEnds(faultKinds),
    never({
      what: 'an acknowledged result was not there any more',
      of: 'acknowledged-result',
      in: 'fault',
      floor: fewestFound,
    }),
    staysEnded(faultKinds),
  ],
  'fault.worker-recovery': [
    'Recovery time < 60 seconds for worker failure',
    never({
      what: "a dead worker's task ran nowhere else",
      of: 'worker-recovery',
      over: ms(60_000),
      lagSensitive: true,
      in: 'fault',
      floor: 2,
    }),
  ],
  'fault.gateway-recovery': [
    'Recovery time < 5 minutes for gateway failure',
    recovery({ of: 'gateway-recovery', after: 'fault', within: seconds(300) }),
  ],
  'fault.no-payment-loss': [
    'No payment loss on database failure',
    laws('what was accepted, booked and paid differs', [
      'acknowledged',
      'asked',
      'conservation',
      'content',
      'legs',
      'once',
      'overdraft',
      'reconciliation',
      'rejected',
      'resolved',
      'settled',
      'work',
    ]),
  ],
  // The first ten seconds, in which it is noticed, are a phase of their own.
  'fault.failover': [
    'Automatic failover working correctly',
    errors({ under: percent(1), in: 'degraded', of: 'api' }),
  ],
})
