// The payout service: one ledger entry for every completed task. Needs PORT, DATABASE_URL, MIGRATIONS_DIR and
// POOL_CLIENT_TOKEN. It runs the migrations first, since it starts before the gateways.
import { Registry } from 'prom-client'
import { migrate, openDatabase, waitForDatabase } from './database.ts'
import { names, text, whole } from './environment.ts'
import { Ledger } from './ledger.ts'
import { createPayoutApp } from './payout-app.ts'
import { addDatabaseGauge, openLog, serve, start } from './service.ts'

const log = openLog('payout')

await start(log, async () => {
  const port = whole('PORT', 8083, 1)
  const url = text('DATABASE_URL')
  const clientToken = text('POOL_CLIENT_TOKEN')
  await waitForDatabase(url, 20_000)
  await migrate(url, text('MIGRATIONS_DIR'), log)
  const registry = new Registry()
  const database = openDatabase({ url, program: 'assay-payout', connections: 2, log })
  addDatabaseGauge(registry, database)
  const ledger = new Ledger(database, log)
  const app = await createPayoutApp({
    database,
    ledger,
    log,
    registry,
    clientToken,
    defectNames: names('DEFECTS'),
  })
  ledger.start()
  await serve(app, port, { before: () => ledger.stop(), after: () => database.close() })
})
