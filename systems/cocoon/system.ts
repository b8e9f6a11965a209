// The GPU pool: its names, its criteria, and its cases. The source's numbers are in cases/, smaller where a profile says so.
import { address } from '../../lib/input/variables.ts'
import { systemOf } from '../../lib/plan/system.ts'
import { cocoon } from '../../thresholds/cocoon.ts'
import { cases } from './cases/index.ts'
import { names, type Names, type PoolPhase } from './names.ts'

export const system = systemOf<Names, PoolPhase>({
  unit: 'workers',
  names,
  criteria: cocoon,
  cases,
  actorFaults: {
    vanish: {
      what: 'tasks whose worker was gone, by what the pool says of them',
      during: 'without a worker',
      after: 'elsewhere',
    },
  },
  variables: {
    CHAIN_URL: {
      read: address,
      doc: 'HTTP API v2 of the TON chain that pays, such as https://testnet.example/api/v2',
      endpoint: 'chain',
    },
  },
  endpoints: { chain: 'HTTP API v2 of the TON chain that pays' },
  credentials: { enrol: 'POOL_ENROL_TOKEN', client: 'POOL_CLIENT_TOKEN' },
})
