// The payout service's HTTP side.
import swagger from '@fastify/swagger'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Database } from '../service/database.ts'
import { addPayoutRoutes, type PaymentRoutes } from './routes/payouts.ts'
import { addContractSchemas, openapiOptions } from './schemas.ts'
import { addHealth } from '../service/http.ts'
import { createPoolService, readiness } from './pool-service.ts'
import { checkTokens } from './tokens.ts'

export interface PayoutOptions extends PaymentRoutes {
  database: Database
  log: FastifyBaseLogger
  registry: Registry
  enrolToken: string
  clientToken: string
  defectNames: string[]
}

export async function createPayoutApp(options: PayoutOptions): Promise<FastifyInstance> {
  const { database, log, registry, enrolToken, clientToken, defectNames } = options
  const app = createPoolService({ log, registry })
  addContractSchemas(app)
  await app.register(swagger, openapiOptions)
  checkTokens(app, { enrol: enrolToken, client: clientToken })
  addHealth(app, database, defectNames, readiness)
  await app.register(async (versioned) => addPayoutRoutes(versioned, options), { prefix: '/api/v1' })
  await app.ready()
  return app
}
