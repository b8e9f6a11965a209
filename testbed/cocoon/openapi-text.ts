// The OpenAPI document made from the services' own routes, without a database behind them.
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { Database } from '../service/database.ts'
import { createGateway } from './gateway-app.ts'
import { Ledger } from './ledger.ts'
import { createPayoutApp } from './payout-app.ts'
import { Payouts } from './payouts.ts'
import { createPool } from './pool.ts'

const noDatabase: Database = {
  query: () => Promise.reject(new Error('There is no database behind a gateway that only describes itself.')),
  queryLazily: () =>
    Promise.reject(new Error('There is no database behind a gateway that only describes itself.')),
  listen: () => undefined,
  answers: async () => false,
  connections: () => 0,
  close: async () => undefined,
}

/** JSON with a final line break, the same as the committed copy systems/cocoon/openapi.json. */
export async function openapiText(): Promise<string> {
  const log = pino({ level: 'silent' })
  const options = {
    gateway: 'describing',
    enrolToken: 'enrol',
    clientToken: 'client',
    tokenSecret: 'secret',
    heartbeatMs: 10_000,
    leaseMs: 30_000,
    queueLimit: 1,
    submitsPerSecond: 1,
    testbedRoutes: true,
    seed: 1,
  }
  const pool = createPool(options, noDatabase, [], log)
  const app = await createGateway({
    pool,
    log,
    registry: new Registry(),
    defects: [],
    defectNames: [],
    seed: 1,
  })
  const document = app.swagger()
  const payouts = await createPayoutApp({
    ledger: new Ledger(noDatabase, { unitNanoton: 0, feeBasisPoints: 0 }, [], log),
    payouts: new Payouts(noDatabase, []),
    terms: { unit_nanoton: '0', fee_basis_points: 0, depth: 0, treasury: '' },
    database: noDatabase,
    log,
    registry: new Registry(),
    enrolToken: 'enrol',
    clientToken: 'client',
    defectNames: [],
  })
  Object.assign(document.paths ?? {}, payouts.swagger().paths)
  await payouts.close()
  await app.close()
  await pool.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
