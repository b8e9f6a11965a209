// The payout service: one ledger entry for every completed task, and payouts of them over the chain. Needs PORT,
// DATABASE_URL, MIGRATIONS_DIR, POOL_ENROL_TOKEN and POOL_CLIENT_TOKEN. CHAIN_URL is an HTTP API v2 of TON (.../api/v2/jsonRPC), and needs
// TREASURY_SEED (32 bytes in hex); without them nothing that is accepted is paid. It runs the migrations first, since it
// starts before the gateways.
import { Registry } from 'prom-client'
import { migrate, openDatabase, waitForDatabase } from '../../service/database.ts'
import { defects as planted } from '../defects/index.ts'
import { defectsNamed } from '../../testbed.ts'
import { names, text, whole } from '../../service/environment.ts'
import { Ledger } from '../ledger.ts'
import { createPayoutApp } from '../payout-app.ts'
import { Payouts } from '../payouts.ts'
import { Sender } from '../sender.ts'
import { schema } from '../schema.ts'
import { openLog, serve, start } from '../../service/program.ts'
import { addDatabaseGauge, sessionPrefix } from '../../service/http.ts'
import { Treasury } from '../treasury.ts'

/** What the source pays a worker for a unit of work: 0.0006 TON. */
const sourceUnitNanoton = 600_000
/** The operator's share that the source starts from: 5 %. */
const sourceFeeBasisPoints = 500
/** TON's public test network. */
const testNetwork = 3

const log = openLog('payout')

await start(log, async () => {
  const port = whole('PORT', 8083, 1)
  const url = text('DATABASE_URL')
  const enrolToken = text('POOL_ENROL_TOKEN')
  const clientToken = text('POOL_CLIENT_TOKEN')
  const depth = whole('CONFIRM_DEPTH', 1)
  const terms = {
    unitNanoton: whole('UNIT_NANOTON', sourceUnitNanoton, 1),
    feeBasisPoints: whole('FEE_BASIS_POINTS', sourceFeeBasisPoints),
  }
  const chainUrl = process.env['CHAIN_URL'] ?? ''
  const treasury =
    chainUrl === ''
      ? null
      : new Treasury({
          chainUrl,
          apiKey: process.env['CHAIN_API_KEY'],
          seed: text('TREASURY_SEED'),
          network: -whole('CHAIN_NETWORK', testNetwork, 1),
        })
  await waitForDatabase(url, 20_000)
  await migrate(url, schema, text('MIGRATIONS_DIR'), log)
  const registry = new Registry()
  const database = openDatabase({ url, schema, program: `${sessionPrefix()}payout`, connections: 4, log })
  addDatabaseGauge(registry, database)
  const defectNames = names('DEFECTS')
  const defects = defectsNamed(planted, defectNames)
  const ledger = new Ledger(database, terms, defects, log)
  const sender = treasury && new Sender({ database, treasury, depth, defects, log })
  const app = await createPayoutApp({
    database,
    ledger,
    payouts: new Payouts(database, defects),
    terms: {
      unit_nanoton: String(terms.unitNanoton),
      fee_basis_points: terms.feeBasisPoints,
      depth,
      treasury: treasury?.address ?? '',
    },
    log,
    registry,
    enrolToken,
    clientToken,
    defectNames,
  })
  ledger.start()
  sender?.start()
  await serve(app, port, {
    before: async () => {
      await Promise.all([ledger.stop(), sender?.stop()])
    },
    after: () => database.close(),
  })
})
