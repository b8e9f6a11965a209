// The workers' paths: join, say that one is alive, wait for a task, bring its result, leave.
import type { FastifyInstance } from 'fastify'
import type {
  HeartbeatAnswer,
  PollRequest,
  RegisterAnswer,
  RegisterRequest,
  ResultAnswer,
  ResultRequest,
} from '../../../systems/cocoon/api.ts'
import { PoolError } from '../errors.ts'
import type { Pool } from '../pool.ts'
import { operation } from '../schemas.ts'

const workerParameter = { worker_id: 'As answered by the registration' }

interface OfWorker {
  Params: { worker_id: string }
}

export function addWorkerRoutes(app: FastifyInstance, pool: Pool): void {
  const { heartbeatMs, leaseMs } = pool.options

  app.post<{ Body: RegisterRequest }>(
    '/workers',
    {
      config: { step: 'register', bearer: 'enrol' },
      schema: operation({
        id: 'register',
        summary: 'Join the pool',
        tag: 'workers',
        bearer: 'enrol',
        body: 'RegisterRequest',
        answers: { 201: ['RegisterAnswer', 'The worker is part of the pool'] },
        errors: [],
      }),
    },
    async (request, reply): Promise<RegisterAnswer> => {
      const workerId = await pool.workers.register(request.body)
      reply.status(201)
      const token = pool.workerTokens.issue(workerId)
      return { worker_id: workerId, token, heartbeat_interval_ms: heartbeatMs, lease_ms: leaseMs }
    },
  )

  app.post<OfWorker>(
    '/workers/:worker_id/heartbeat',
    {
      config: { step: 'heartbeat', bearer: 'worker' },
      schema: operation({
        id: 'heartbeat',
        summary: 'Say that the worker is alive',
        tag: 'workers',
        bearer: 'worker',
        params: workerParameter,
        answers: { 200: ['HeartbeatAnswer', 'Noted'] },
        errors: ['not_found'],
      }),
    },
    async (request): Promise<HeartbeatAnswer> => {
      await memoryOf(pool, request.params.worker_id)
      return { status: 'active', next_heartbeat_ms: heartbeatMs }
    },
  )

  addPoll(app, pool)
  addResult(app, pool)

  app.delete<OfWorker>(
    '/workers/:worker_id',
    {
      config: { step: 'leave', bearer: 'worker' },
      schema: operation({
        id: 'leave',
        summary: 'Leave the pool',
        description: 'Tasks that the worker holds go back to the queue. Leaving twice answers the same.',
        tag: 'workers',
        bearer: 'worker',
        params: workerParameter,
        answers: { 204: [null, 'The worker is no longer part of the pool'] },
        errors: [],
      }),
    },
    async (request, reply) => {
      const { worker_id: workerId } = request.params
      await pool.workers.leave(workerId)
      pool.allocator.dismiss(workerId)
      if ((await pool.results.takeBackFrom(workerId)) > 0) pool.tasksWaitAgain()
      return reply.status(204).send()
    },
  )
}

async function memoryOf(pool: Pool, workerId: string): Promise<number> {
  const memoryMb = await pool.workers.present(workerId)
  if (memoryMb === null)
    throw new PoolError('not_found', 'no such worker: it never registered, or it has left')
  return memoryMb
}

function addPoll(app: FastifyInstance, pool: Pool): void {
  app.post<OfWorker & { Body: PollRequest }>(
    '/workers/:worker_id/poll',
    {
      config: { step: 'poll', bearer: 'worker' },
      schema: operation({
        id: 'poll',
        summary: 'Wait for a task',
        description:
          'Held until a task comes or wait_ms are over. Counts as a heartbeat for as long as it is held.',
        tag: 'workers',
        bearer: 'worker',
        params: workerParameter,
        body: 'PollRequest',
        answers: {
          200: ['PollAnswer', 'A task, leased to this worker'],
          204: [null, 'No task came in time'],
        },
        errors: ['not_found'],
      }),
    },
    async (request, reply) => {
      const { worker_id: workerId } = request.params
      const memoryMb = await memoryOf(pool, workerId)
      const assignment = await pool.allocator.poll({ workerId, memoryMb }, request.body.wait_ms, (gone) => {
        if (request.raw.socket.destroyed) gone()
        else reply.raw.on('close', gone)
      })
      return assignment ?? (await pool.onEmptyPoll(workerId)) ?? reply.status(204).send()
    },
  )
}

function addResult(app: FastifyInstance, pool: Pool): void {
  app.post<{ Params: { task_id: string }; Body: ResultRequest }>(
    '/tasks/:task_id/result',
    {
      config: { step: 'result', bearer: 'worker' },
      schema: operation({
        id: 'result',
        summary: 'Bring the result of a leased task',
        description: 'Answered when the result is committed. Sending it again is safe.',
        tag: 'workers',
        bearer: 'worker',
        params: { task_id: 'As answered by the poll' },
        body: 'ResultRequest',
        answers: { 200: ['ResultAnswer', 'The task is completed'] },
        errors: ['not_found', 'lease_lost'],
      }),
    },
    async (request): Promise<ResultAnswer> => {
      const workerId = request.workerId as string
      await pool.workers.present(workerId)
      const { lease_id: leaseId, output } = request.body
      return pool.results.complete({
        taskId: request.params.task_id,
        leaseId,
        workerId,
        output,
        correlationId: request.id,
      })
    },
  )
}
