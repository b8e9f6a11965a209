// Paths that only the testbed has, where TESTBED_ROUTES says so.
import type { FastifyInstance } from 'fastify'
import type { HistoryAnswer, HistoryRequest } from '../../../systems/cocoon/api.ts'
import { growHistory } from '../history.ts'
import type { Pool } from '../pool.ts'
import { operation } from '../schemas.ts'

export function addTestbedRoutes(app: FastifyInstance, pool: Pool): void {
  app.post<{ Body: HistoryRequest }>(
    '/testbed/history',
    {
      config: { step: 'grow', bearer: 'client' },
      schema: operation({
        id: 'history',
        summary: 'Fill the pool with tasks of the past',
        description:
          'Answered when they are there, within five minutes. They are completed, booked and of no run; whether the stats count them is open. A pool without ' +
          'this path is not held to target.storage.',
        tag: 'testbed',
        bearer: 'client',
        body: 'HistoryRequest',
        answers: { 200: ['HistoryAnswer', 'They are there'] },
        errors: [],
      }),
    },
    async (request): Promise<HistoryAnswer> => growHistory(pool.database, request.body.tasks),
  )
}
