// The payout service's HTTP side.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import type { Database } from './database.ts'
import { PoolError } from './errors.ts'
import type { Ledger, LedgerSummary } from './ledger.ts'
import { addContractSchemas } from './schemas.ts'
import { addHealth, createService } from './service.ts'

export interface PayoutOptions {
  database: Database
  ledger: Ledger
  log: FastifyBaseLogger
  registry: Registry
  clientToken: string
  defectNames: string[]
}

export async function createPayoutApp(options: PayoutOptions): Promise<FastifyInstance> {
  const { database, ledger, log, registry, clientToken, defectNames } = options
  const digest = (value: string) => createHash('sha256').update(value).digest()
  const expected = digest(`Bearer ${clientToken}`)
  const app = createService({ log, registry })
  addContractSchemas(app)
  addHealth(app, database, defectNames)
  app.get('/api/v1/ledger/summary', async (request): Promise<LedgerSummary> => {
    if (!timingSafeEqual(digest(request.headers.authorization ?? ''), expected))
      throw new PoolError('unauthorized')
    return ledger.summary()
  })
  await app.ready()
  return app
}
