// The OpenAPI document made from the service's own routes.
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { createVerifier } from './verifier-app.ts'

/** JSON with a final line break, the same as the committed copy systems/truthsync/openapi.json. */
export async function openapiText(): Promise<string> {
  const app = await createVerifier({
    log: pino({ level: 'silent' }),
    registry: new Registry(),
    batchSize: 1,
    cacheSize: 1,
    cacheTtlSeconds: 1,
    queueLimit: 1,
    defects: [],
    defectNames: [],
    seed: 1,
  })
  const document = app.swagger()
  await app.close()
  return `${JSON.stringify(document, null, 2)}\n`
}
