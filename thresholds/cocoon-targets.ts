// What the GPU pool promises of speed and size, of a spike, and of a day.
import type { PhaseKind } from '../verdict/criterion.ts'
import { allocationSeen, backToNormal, everyTaskEnds, staysEnded } from './cocoon-rules.ts'
import { bounded, cost, criteria, latency, leak, ms, never, rate, ratio, slower } from './limits.ts'

const spikeKinds: PhaseKind[] = ['normal', 'peak', 'recovery']

export const targetCriteria = criteria('cocoon-gpu-pool.md', {
  'target.submit-p95': [
    'Task Submission < 100 ms (P95)',
    latency({ p: 95, under: ms(100), in: 'normal', of: 'submit' }),
  ],
  'target.allocation-p95': [
    'Task Allocation < 50 ms (P95)',
    latency({ p: 95, under: ms(50), in: 'normal', of: 'allocation' }),
    allocationSeen({ under: ms(50), in: 'normal' }),
  ],
  'target.registration-p95': [
    'Worker Registration < 200 ms (P95)',
    latency({ p: 95, under: ms(200), in: 'normal', of: 'register' }),
  ],
  'target.dashboard-p95': [
    'Dashboard Load < 1 s (P95)',
    latency({ p: 95, under: ms(1000), in: ['normal', 'peak'], of: 'dashboard-load' }),
  ],
  'target.tasks-rate': [
    'Task Processing: 100+ tasks/second',
    rate({ of: 'result', perSecond: 100, in: 'peak' }),
  ],
  'target.registrations-rate': [
    'Worker Registration: 50+ registrations/second',
    rate({ of: 'register', perSecond: 50, in: 'burst' }),
  ],
  'target.payment-p95': [
    'Payment Processing < 5 s (P95)',
    latency({ p: 95, under: ms(5000), in: ['normal', 'burst'], of: 'payout-time' }),
  ],
  'target.payments-rate': [
    'Payment Processing: 20+ payments/second',
    rate({ of: 'payout', perSecond: 20, in: 'burst' }),
  ],
  'target.requests-rate': [
    'API Requests: 1000+ requests/second',
    rate({ of: 'api', perSecond: 1000, in: 'peak' }),
  ],
  'target.scaling': [
    'Horizontal Scaling: linear up to 10x workers',
    ratio({
      of: 'completed',
      per: 'level',
      now: { in: 'normal', which: 'last' },
      before: { in: 'normal', which: 'first' },
      least: 0.9,
      growth: 10,
    }),
    latency({ p: 95, under: ms(500), in: 'normal', of: 'api' }),
  ],
  'target.clients': [
    'Client Capacity: 10,000+ concurrent clients',
    never({
      what: 'a client session got no answer',
      of: 'client-session',
      over: ms(60_000),
      lagSensitive: true,
      in: 'peak',
      floor: 10_000,
    }),
  ],
  // The source promises petabytes. Nobody can load those here; what can be shown is that reads do not age with the table.
  'target.storage': [
    'Reads stay as fast while the history grows 100-fold (projection for: petabyte-scale data support)',
    slower({
      of: 'status',
      p: 95,
      now: { in: 'normal', which: 'last' },
      before: { in: 'normal', which: 'first' },
      most: 2,
    }),
    latency({ p: 95, under: ms(500), in: 'normal', of: 'status' }),
    never({
      what: 'the history did not grow as planned',
      of: 'history',
      lagSensitive: true,
      in: 'warmup',
      floor: 1,
    }),
  ],

  'spike.recovery': ['Recovery time < 60 seconds after a spike', ...backToNormal('peak')],
  'spike.autoscaling': [
    'Auto-scaling response: a worker that joins while tasks wait gets one within 10 s (P95)',
    latency({ p: 95, under: ms(10_000), in: 'peak', of: 'first-task' }),
  ],
  'spike.nothing-lost': [
    'No data loss in a spike: accepted = completed + pending + failed with reason',
    everyTaskEnds(spikeKinds),
    staysEnded(spikeKinds),
  ],
  'soak.memory': ['Identify memory leaks (24 h)', leak({ in: 'normal', mbPerHour: 0.3 })],
  'soak.cpu': ['CPU usage (24 h): what a task costs does not rise', cost({ in: 'normal', within: 0.2 })],
  'soak.resources': ['No resource exhaustion (24 h)', bounded({ in: 'normal' })],
  'soak.drift': [
    'Performance stays stable (24 h)',
    slower({
      of: 'api',
      p: 95,
      now: { in: 'normal', which: 'last quarter' },
      before: { in: 'normal', which: 'first quarter' },
      most: 1.2,
    }),
  ],
})
