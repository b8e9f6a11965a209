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
        description: 'They are completed and booked. A pool of your own does not need this path.',
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
