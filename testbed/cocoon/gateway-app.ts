// The gateway's HTTP side: who may call what, what it answers, what planted defects do to it.
import rateLimit from '@fastify/rate-limit'
import swagger from '@fastify/swagger'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import type { Registry } from 'prom-client'
import { seededRandom } from '../service/random.ts'
import type { Defect, Step } from './defect.ts'
import { PoolError } from './errors.ts'
import type { Pool } from './pool.ts'
import { addDashboardPage, addPoolRoutes } from './routes/pool.ts'
import { addTaskRoutes } from './routes/tasks.ts'
import { addTestbedRoutes } from './routes/testbed.ts'
import { addWorkerRoutes } from './routes/workers.ts'
import { addContractSchemas, openapiOptions } from './schemas.ts'
import { addHealth } from '../service/http.ts'
import { createPoolService, readiness } from './pool-service.ts'
import { checkTokens } from './tokens.ts'

export interface GatewayOptions {
  pool: Pool
  log: FastifyBaseLogger
  registry: Registry
  defects: Defect[]
  defectNames: string[]
  seed: number
}

export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const { pool, log, registry, defects } = options
  const app = createPoolService({ log, registry })
  addContractSchemas(app)
  await app.register(swagger, openapiOptions)
  await app.register(rateLimit, { global: false, cache: 20_000 })
  checkTokens(
    app,
    { enrol: pool.options.enrolToken, client: pool.options.clientToken },
    pool.workerTokens,
    defects.some((defect) => defect.trustsAnybody),
  )
  if (defects.length > 0) plant(app, defects, seededRandom(options.seed))
  addHealth(app, pool.database, options.defectNames, readiness)
  addDashboardPage(app)
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  await app.register(
    async (versioned) => {
      addWorkerRoutes(versioned, pool)
      addTaskRoutes(versioned, pool)
      addPoolRoutes(versioned, pool)
      if (pool.options.testbedRoutes) addTestbedRoutes(versioned, pool)
    },
    { prefix: '/api/v1' },
  )
  await app.ready()
  return app
}

/** Lets planted defects delay and fail requests; allocation defects are planted in the allocator. */
function plant(app: FastifyInstance, defects: Defect[], random: () => number): void {
  const failing = new WeakSet<FastifyRequest>()
  app.addHook('preHandler', async (request) => {
    const step = request.routeOptions.config.step as Step | undefined
    if (!step) return
    for (const defect of defects) {
      const delayMs = defect.delayMs?.(step, random) ?? 0
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      const fails = defect.fails?.(step, random)
      if (fails === 'before') throw new PoolError('internal', 'a planted defect')
      if (fails === 'after') failing.add(request)
    }
  })
  app.addHook('preSerialization', async (request, _reply, payload) => {
    if (failing.delete(request)) throw new PoolError('internal', 'a planted defect')
    return payload
  })
}
