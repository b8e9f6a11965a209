// What the services of the pool have in common besides what every testbed's have.
import type { FastifyInstance } from 'fastify'
import { createService, type ServiceOptions } from '../service/http.ts'
import type { Step } from './defect.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whose bearer token the request must carry. */
    bearer?: 'enrol' | 'client' | 'worker'
  }
  interface FastifyRequest {
    /** The worker that the token proved. */
    workerId: string | null
  }
}

const frequent: Step[] = ['heartbeat', 'poll', 'status', 'stats']
/** A long poll waits by design. */
const waiting: Step[] = ['poll']

/** As the pool's contract has it. */
export const readiness = {
  schema: { $ref: 'Ready#' },
  summary: 'Whether the pool can do its work, and which defects are planted in it',
}

export function createPoolService(options: Pick<ServiceOptions, 'log' | 'registry'>): FastifyInstance {
  const app = createService({ ...options, frequent, waiting })
  app.decorateRequest('workerId', null)
  return app
}
