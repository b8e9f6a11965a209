// The GPU pool: its names, its criteria, and its cases. The source's numbers are in cases/, smaller where a profile says so.
import { systemOf } from '../../lib/system.ts'
import { cocoon } from '../../thresholds/cocoon.ts'
import { baseline } from './cases/baseline.ts'
import { faultCases } from './cases/faults.ts'
import { growth } from './cases/growth.ts'
import { away, crashed, payments, retries } from './cases/payments.ts'
import { clients, peak } from './cases/peak.ts'
import { ramp } from './cases/ramp.ts'
import { soak } from './cases/soak.ts'
import { spike } from './cases/spike.ts'
import { names, type Names, type PoolPhase } from './names.ts'

export const system = systemOf<Names, PoolPhase>({
  unit: 'workers',
  names,
  criteria: cocoon,
  cases: [
    baseline,
    ramp,
    peak,
    clients,
    spike,
    soak,
    growth,
    payments,
    retries,
    crashed,
    away,
    ...faultCases,
  ],
  actorFaults: {
    vanish: {
      what: 'tasks whose worker was gone, by what the pool says of them',
      during: 'without a worker',
      after: 'elsewhere',
    },
  },
  credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
})
