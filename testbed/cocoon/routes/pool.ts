// The paths about the pool as a whole.
import type { FastifyInstance } from 'fastify'
import type { Dashboard, Leftovers, PoolStats } from '../../../systems/cocoon/api.ts'
import { dashboardPage } from '../dashboard-page.ts'
import type { Pool } from '../pool.ts'
import { operation } from '../schemas.ts'

export function addPoolRoutes(app: FastifyInstance, pool: Pool): void {
  app.get(
    '/pool/stats',
    {
      config: { step: 'stats', bearer: 'client' },
      schema: operation({
        id: 'stats',
        summary: 'Workers and tasks, counted',
        tag: 'pool',
        bearer: 'client',
        answers: { 200: ['PoolStats', 'As of now'] },
        errors: [],
      }),
    },
    async (): Promise<PoolStats> => pool.statistics.stats(),
  )

  app.get(
    '/pool/dashboard',
    {
      config: { step: 'dashboard', bearer: 'client' },
      schema: operation({
        id: 'dashboard',
        summary: 'What the dashboard page shows',
        tag: 'pool',
        bearer: 'client',
        answers: { 200: ['Dashboard', 'As of now'] },
        errors: [],
      }),
    },
    async (): Promise<Dashboard> => pool.statistics.dashboard(),
  )

  app.get<{ Params: { run: string } }>(
    '/runs/:run',
    {
      config: { step: 'leftovers', bearer: 'client' },
      schema: operation({
        id: 'leftovers',
        summary: 'What a run left in the pool',
        tag: 'pool',
        bearer: 'client',
        params: { run: 'The label that the run gave to everything it created' },
        answers: { 200: ['Leftovers', 'As of now; both are 0 when nothing of the run is open'] },
        errors: [],
      }),
    },
    async (request): Promise<Leftovers> => pool.statistics.leftovers(request.params.run),
  )
}

/** The dashboard's page; its data comes from /api/v1/pool/dashboard with the client's token. */
export function addDashboardPage(app: FastifyInstance): void {
  app.get(
    '/dashboard',
    {
      config: { step: 'page' },
      schema: {
        operationId: 'dashboardPage',
        summary: 'The dashboard as a page',
        tags: ['pool'],
        security: [],
        response: {
          200: { description: 'A page', content: { 'text/html': { schema: { type: 'string' } } } },
        },
      },
    },
    async (_request, reply) => reply.type('text/html; charset=utf-8').send(dashboardPage),
  )
}
