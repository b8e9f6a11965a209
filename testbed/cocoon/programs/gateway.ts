// One gateway of the pool. Needs PORT, DATABASE_URL, MIGRATIONS_DIR, the tokens and the token secret.
import { setTimeout as delay } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { migrate, openDatabase, waitForDatabase } from '../../service/database.ts'
import { defects as planted } from '../defects/index.ts'
import { defectsNamed } from '../../testbed.ts'
import { names, text, whole } from '../../service/environment.ts'
import { createGateway } from '../gateway-app.ts'
import { createPool } from '../pool.ts'
import { schema } from '../schema.ts'
import { openLog, serve, start } from '../../service/program.ts'
import { addDatabaseGauge, addGauge, sessionPrefix } from '../../service/http.ts'

const gateway = process.env['SERVICE_NAME'] ?? 'gateway'
const log = openLog(gateway)

await start(log, async () => {
  const port = whole('PORT', 8081, 1)
  const url = text('DATABASE_URL')
  const options = {
    gateway,
    enrolToken: text('POOL_ENROL_TOKEN'),
    clientToken: text('POOL_CLIENT_TOKEN'),
    tokenSecret: text('POOL_TOKEN_SECRET'),
    heartbeatMs: whole('HEARTBEAT_MS', 10_000, 100),
    leaseMs: whole('LEASE_MS', 30_000, 100),
    queueLimit: whole('QUEUE_LIMIT', 20_000, 1),
    submitsPerSecond: whole('CLIENT_SUBMITS_PER_SECOND', 1_000, 1),
    testbedRoutes: whole('TESTBED_ROUTES', 0) === 1,
    seed: whole('SEED', 1),
  }
  const defectNames = names('DEFECTS')
  const defects = defectsNamed(planted, defectNames)
  if (defects.length > 0)
    log.warn({ defects: defectNames }, 'PLANTED DEFECTS ARE ON: this pool is broken on purpose')
  await waitForDatabase(url, 20_000)
  await migrate(url, schema, text('MIGRATIONS_DIR'), log)
  const registry = new Registry()
  const database = openDatabase({ url, schema, program: `${sessionPrefix()}${gateway}`, connections: 8, log })
  addDatabaseGauge(registry, database)
  for (const { startsAfterMs } of defects)
    if (startsAfterMs !== undefined) await delay(await startsAfterMs(database))
  const pool = createPool(options, database, defects, log)
  addGauge(
    registry,
    'workers_polling',
    'Workers that wait for a task in a poll of this gateway',
    () => pool.allocator.idleWorkers,
  )
  const app = await createGateway({ pool, log, registry, defects, defectNames, seed: options.seed })
  await serve(app, port, { before: () => pool.close(), after: () => database.close() })
})
