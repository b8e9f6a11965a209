// The clients' paths: submit a task, follow it.
import type { FastifyInstance } from 'fastify'
import type { SubmitRequest, Task } from '../../../systems/cocoon/api.ts'
import { PoolError } from '../errors.ts'
import type { Pool } from '../pool.ts'
import { keyHeader, operation } from '../schemas.ts'

export function addTaskRoutes(app: FastifyInstance, pool: Pool): void {
  app.post<{ Body: SubmitRequest; Headers: { 'idempotency-key': string } }>(
    '/tasks',
    {
      config: {
        step: 'submit',
        bearer: 'client',
        rateLimit: {
          max: pool.options.submitsPerSecond,
          timeWindow: 1_000,
          // The client's name is in the body, so the limit can only be looked at once that is read.
          hook: 'preHandler',
          keyGenerator: (request) => (request.body as SubmitRequest).client_id,
          errorResponseBuilder: (_request, { ttl }) => {
            return new PoolError('rate_limited', undefined, {
              retryAfterSeconds: Math.max(1, Math.ceil(ttl / 1000)),
            })
          },
        },
      },
      schema: operation({
        id: 'submit',
        summary: 'Submit a task',
        description:
          'Answered when it is stored. The same Idempotency-Key with the same content (client_id, memory_mb, priority, prompt and ' +
          'run) answers 200, or 201 again, with the task that was accepted first, also when the queue is full; with other content it ' +
          'is refused. With max_wait_ms a task that is expected to wait longer than that is refused at once.',
        tag: 'tasks',
        bearer: 'client',
        headers: keyHeader,
        requiredHeaders: ['idempotency-key'],
        body: 'SubmitRequest',
        answers: {
          201: ['Task', 'Accepted and stored'],
          200: ['Task', 'Accepted before under the same key'],
        },
        errors: ['key_reused', 'rate_limited', 'queue_full'],
      }),
    },
    async (request, reply): Promise<Task> => {
      if (await pool.refusesClient(request.body.client_id))
        throw new PoolError('not_ready', 'no room for this client')
      const { task, isNew } = await pool.submissions.submit(request.headers['idempotency-key'], request.body)
      if (isNew) pool.allocator.submitted(task.memory_mb)
      reply.status(isNew ? 201 : 200)
      return task
    },
  )

  app.get<{ Params: { key: string } }>(
    '/tasks/by-key/:key',
    {
      config: { step: 'status', bearer: 'client' },
      schema: operation({
        id: 'status',
        summary: 'The task accepted under a key',
        description:
          '404 with the code not_found says that nothing was accepted under this key so far. Of a task that was accepted it says ' +
          'that the pool lost it. A 404 without that code is a failure.',
        tag: 'tasks',
        bearer: 'client',
        params: { key: 'The Idempotency-Key of the submission' },
        answers: { 200: ['Task', 'The task as it is now'] },
        errors: ['not_found'],
      }),
    },
    async (request): Promise<Task> => {
      const task = await pool.submissions.byKey(request.params.key)
      if (!task) throw new PoolError('not_found', 'nothing was accepted under this key')
      return task
    },
  )
}
