// The paths about the pool as a whole.
import type { FastifyInstance } from 'fastify'
import type { Dashboard, Leftovers, PoolStats } from '../../../systems/cocoon/api.ts'
import { dashboardPage } from '../dashboard-page.ts'
import type { Pool } from '../pool.ts'
import { anyRequest, operation } from '../schemas.ts'

export function addPoolRoutes(app: FastifyInstance, pool: Pool): void {
  app.get(
    '/pool/stats',
    {
      config: { step: 'stats', bearer: 'client' },
      schema: operation({
        id: 'stats',
        summary: 'Workers and tasks, counted',
        description:
          'Read once a second, and by each worker that joins. Judged are how many workers are alive, how soon the queue is as ' +
          'short as before, and, while something is broken on purpose, whether there is an answer.',
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
        description: 'Asked for after the page; both together are one load of the dashboard.',
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
        description: 'Asked once, when all is over. The report shows it; no criterion is judged by it.',
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
        description: 'Any page that is not empty will do, without a token. What it shows is its own affair.',
        tags: ['pool'],
        security: [],
        headers: { type: 'object', properties: anyRequest },
        response: {
          200: { description: 'A page', content: { 'text/html': { schema: { type: 'string' } } } },
        },
      },
    },
    async (_request, reply) => reply.type('text/html; charset=utf-8').send(dashboardPage),
  )
}
