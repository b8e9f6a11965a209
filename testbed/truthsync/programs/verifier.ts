// The service that verifies claims. Needs PORT.
import { Registry } from 'prom-client'
import { usualSettings } from '../../../systems/truthsync/api.ts'
import { names, whole } from '../../service/environment.ts'
import { openLog, serve, start } from '../../service/program.ts'
import { defectsNamed } from '../../testbed.ts'
import { defects as planted } from '../defects/index.ts'
import { createVerifier } from '../verifier-app.ts'

const log = openLog('verifier')

await start(log, async () => {
  const port = whole('PORT', 8000, 1)
  const defectNames = names('DEFECTS')
  const defects = defectsNamed(planted, defectNames)
  if (defects.length > 0)
    log.warn({ defects: defectNames }, 'PLANTED DEFECTS ARE ON: this service is broken on purpose')
  const app = await createVerifier({
    log,
    registry: new Registry(),
    batchSize: whole('BATCH_SIZE', usualSettings.batchSize, 1),
    cacheSize: whole('CACHE_SIZE', usualSettings.cacheSize, 1),
    cacheTtlSeconds: whole('CACHE_TTL_SECONDS', usualSettings.cacheTtlSeconds, 1),
    queueLimit: whole('QUEUE_LIMIT', 10_000, 1),
    defects,
    defectNames,
    seed: whole('SEED', 1),
  })
  const nothing = async (): Promise<void> => {}
  await serve(app, port, { before: nothing, after: nothing })
})
