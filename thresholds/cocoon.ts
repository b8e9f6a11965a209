// Acceptance criteria of the GPU pool. Texts and limits are the source document's; the floors are ours.
import type { PhaseKind } from '../verdict/criterion.ts'
import { contractCriteria, recordCriteria } from './cocoon-contract.ts'
import { faultCriteria } from './cocoon-faults.ts'
import {
  allocationSeen,
  backToNormal,
  everyTaskEnds,
  queueSeen,
  starved,
  staysEnded,
  waitSeen,
  fewestPayouts,
  laws,
  payoutKinds,
} from './cocoon-rules.ts'
import { targetCriteria } from './cocoon-targets.ts'
import {
  criteria,
  errors,
  evenly,
  latency,
  mean,
  ms,
  never,
  percent,
  ratio,
  recovery,
  seconds,
  slower,
} from './limits.ts'

/** Phases whose tasks are followed to their end. */
const taskKinds: PhaseKind[] = ['normal', 'burst', 'peak', 'overload', 'recovery', 'handover']

const loadAndPayments = criteria('cocoon-gpu-pool.md', {
  'load.latency-p95': [
    'P95 latency < 500 ms under normal load',
    latency({ p: 95, under: ms(500), in: 'normal', of: 'api' }),
  ],
  'load.latency-p99': [
    'P99 latency < 2000 ms under normal load',
    latency({ p: 99, under: ms(2000), in: 'normal', of: 'api' }),
  ],
  'load.errors-normal': [
    'Error rate < 0.1 % under normal load',
    errors({ under: percent(0.1), in: 'normal', of: 'api' }),
  ],
  'load.errors-peak': [
    'Error rate < 1 % under peak load',
    errors({ under: percent(1), in: 'peak', of: 'api' }),
  ],
  'load.concurrent-workers': [
    'System handles 1000+ concurrent workers',
    // A worker or a pool without cores makes heartbeats late, and a live worker looks like a dead one.
    never({
      what: 'the pool counted fewer than 1000 workers alive',
      of: 'workers-alive',
      lagSensitive: true,
      in: 'peak',
      floor: 20,
      least: 1000,
      level: 1000,
    }),
    never({
      what: 'the pool counted more or fewer workers than there are',
      of: 'workers-counted',
      lagSensitive: true,
      in: 'peak',
      floor: 20,
    }),
  ],
  'load.degradation': [
    'Graceful degradation under extreme load',
    latency({ p: 95, under: ms(500), in: 'overload', of: 'refusal' }),
    slower({ of: 'turnaround', p: 95, now: { in: 'overload' }, before: { in: 'normal' }, most: 4 }),
    ratio({
      of: 'in-time',
      per: 'second',
      now: { in: 'overload' },
      before: { in: 'normal', which: 'best' },
      least: 0.8,
    }),
    ...backToNormal('overload'),
  ],

  'allocation.latency-normal': [
    'Task allocation latency < 100 ms at normal load',
    latency({ p: 95, under: ms(100), in: 'normal', of: 'allocation' }),
    allocationSeen({ under: ms(100), in: 'normal' }),
  ],
  'allocation.latency-peak': [
    'Task allocation latency < 500 ms at peak load',
    latency({ p: 95, under: ms(500), in: 'peak', of: 'allocation' }),
    allocationSeen({ under: ms(500), in: 'peak' }),
  ],
  // From 20 tasks per worker up: below, even a perfectly fair random allocator breaks the limit too often.
  'allocation.fairness': [
    'Fair distribution (Gini coefficient < 0.2)',
    evenly({ of: 'tasks-per-worker-hour', under: 0.2, in: 'normal', perUnit: 20 }),
  ],
  'allocation.no-starvation': [
    'No task starvation',
    never({
      what: 'a task waited for a worker',
      of: 'task-wait',
      over: starved,
      lagSensitive: true,
      in: ['normal', 'burst'],
      floor: 100,
    }),
    // At peak the queue may be longer than that: the plan says for how long, which is no part of the time judged here.
    never({
      what: 'a task waited for a worker, beyond the queue that the plan makes,',
      of: 'task-wait',
      over: starved,
      lagSensitive: true,
      in: 'peak',
      floor: 100,
    }),
    everyTaskEnds(taskKinds),
    staysEnded(taskKinds),
    waitSeen('a task was seen to wait for a worker', 'seen-wait', starved, ['normal', 'burst', 'peak']),
  ],
  'allocation.queue': [
    'Efficient queue management',
    never({
      what: 'a task waited while an able worker was idle',
      of: 'able-idle',
      over: ms(1000),
      lagSensitive: true,
      in: ['normal', 'burst', 'recovery'],
      floor: 100,
    }),
    recovery({ of: 'queue-length', after: 'burst', within: seconds(60) }),
    waitSeen('a task was seen to wait while an able worker hung in a poll', 'seen-idle', ms(1000), [
      'normal',
      'burst',
      'recovery',
    ]),
    queueSeen(['normal', 'burst', 'recovery']),
  ],

  // The mean and the success rate are those of payouts that were accepted; one that never ends counts with its age.
  'payment.mean': [
    'Payment processing < 5 seconds average',
    mean({ of: 'payout-time', under: ms(5000), in: ['normal', 'burst'], floor: fewestPayouts }),
  ],
  'payment.success': [
    'Payment success rate > 99.9 %',
    errors({ under: percent(0.1), in: payoutKinds, of: 'payout' }),
  ],
  'payment.reconciliation': [
    'Accurate reconciliation (100 %)',
    never({ what: 'an accepted payout is not known', of: 'payout-known', in: payoutKinds, floor: 20 }),
    never({
      what: 'ledger and chain differ in a payout',
      of: 'payout-row',
      in: payoutKinds,
      floor: 20,
    }),
    laws('client, ledger and chain differ', [
      'acknowledged',
      'asked',
      'conservation',
      'legs',
      'overdraft',
      'reconciliation',
      'rejected',
      'resolved',
      'work',
    ]),
  ],
  'payment.no-double': [
    'No double payments',
    never({ what: 'a payout was paid more than once', of: 'payout-once', in: payoutKinds, floor: 20 }),
    never({ what: 'a payout that had to be refused was not', of: 'payout-refusal', in: 'burst', floor: 20 }),
    laws('more than one effect of a key', ['once', 'content']),
  ],
  'payment.confirmation': [
    'Blockchain transaction confirmation tracking',
    never({
      what: 'called confirmed without being so, or never confirmed',
      of: 'payout-confirmation',
      in: payoutKinds,
      floor: 20,
    }),
    laws('what is said of a payout is not so', ['confirmation', 'forward', 'own-order', 'settled']),
  ],
})

export const cocoon = {
  ...loadAndPayments,
  ...faultCriteria,
  ...targetCriteria,
  ...contractCriteria,
  ...recordCriteria,
}
