// The GPU pool's cases by scenario, and what its actors observe. The source's numbers are in cases/, smaller where a
// profile says so.
import type { SystemCases } from '../../lib/system.ts'
import { cocoon } from '../../thresholds/cocoon.ts'
import { apiSteps } from '../../thresholds/cocoon-rules.ts'
import { baseline } from './cases/baseline.ts'
import { faultCases } from './cases/faults.ts'
import { growth } from './cases/growth.ts'
import { crash, outage, payments, retries } from './cases/payments.ts'
import { clients, peak } from './cases/peak.ts'
import { ramp } from './cases/ramp.ts'
import { soak } from './cases/soak.ts'
import { spike } from './cases/spike.ts'
import { paymentObservations } from './payment-observations.ts'

export const cases: SystemCases = {
  cases: {
    baseline: [baseline],
    ramp: [ramp],
    peak: [peak, clients],
    spike: [spike],
    soak: [soak],
    growth: [growth],
    payments: [payments, retries, crash, outage],
    chaos: faultCases,
  },
  criteria: cocoon,
  apiSteps,
  otherSteps: ['poll', 'leave', 'stats', 'grow', 'leftovers'],
  historySteps: ['pay', 'payout-status', 'look', 'ledger', 'account'],
  accounts: {
    'accepted-task': { promised: 'accepted', unsure: 'unsure-submission' },
    payout: { promised: 'accepted-payout' },
    'payout-known': { promised: 'accepted-payout' },
  },
  observations: [
    'allocation',
    'task-wait',
    'able-idle',
    'accepted-task',
    'task-end',
    'refusal',
    'queue-length',
    'workers-alive',
    'workers-counted',
    'first-task',
    'client-session',
    'history',
    'dashboard-load',
    'tasks-per-worker-hour',
    'worker-recovery',
    'gateway-recovery',
    'acknowledged-result',
    ...paymentObservations,
  ],
  tallies: ['turnaround', 'in-time', 'completed', 'api', 'status'],
  unit: 'workers',
  actorFaults: {
    vanish: {
      what: 'tasks whose worker was gone, by what the pool says of them',
      during: 'without a worker',
      after: 'elsewhere',
    },
  },
  credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
}
