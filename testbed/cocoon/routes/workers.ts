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
        description:
          'From then on the worker counts as alive, and may poll. One that crashed registers anew, and is another worker then.',
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
        description: 'Sent while the worker computes, and between polls. It need not make a lease longer.',
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
  addLeave(app, pool)
}

async function memoryOf(pool: Pool, workerId: string): Promise<number> {
  const memoryMb = await pool.workers.present(workerId)
  if (memoryMb === null)
    throw new PoolError('not_found', 'no such worker: it never registered, or it has left')
  return memoryMb
}

const pollMeans = `Held until a task comes or wait_ms are over: a pool that answers 204 sooner is asked again at once. Counts as a
heartbeat for as long as it is held.

**Who may get what.** A task goes to workers whose memory_mb is at least its own, and to no others. One that is too large for the
workers that wait keeps no smaller one waiting.

**In which order.** Of the waiting tasks that a worker is able to run the more urgent one comes first, but waiting counts, too, so
that none starves: as long as no more is offered than the able workers can do, every accepted task is given to a worker within
30 s, whatever its priority. A surge that those workers do in 20 s is no more than they can do. Where more is offered for longer,
the limit is 30 s and the time that a queue in order of acceptance would take then. So priority may not be strict: while
a surge is worked off, the least urgent tasks would wait for the end of it. The reference pool lets each step of priority
count as much as half a second of waiting, or a tenth of max_wait_ms where that is less: a client that does not wait for long is
not helped by a task that does. A pool that ignores priorities, and serves in order of acceptance, keeps all criteria.

**How soon.** No task waits while a worker that is able to run it waits in a poll: the criteria say how many milliseconds are
allowed. Which of several such workers gets it is open, as long as in the long run each gets a fair share for the time that it is
there.

**Once.** A task is with one worker at a time. An answer that cannot be delivered, because the worker has hung up, puts the task
back at once.

**Twice at a time.** A second poll of a worker ends its first one empty. A worker of the suite has one task at a time, and
polls while it has one only after it has given up bringing the result; it is given the next one then, or 204 where there is
none, and the lease of the first one runs out.`

function addPoll(app: FastifyInstance, pool: Pool): void {
  app.post<OfWorker & { Body: PollRequest }>(
    '/workers/:worker_id/poll',
    {
      config: { step: 'poll', bearer: 'worker' },
      schema: operation({
        id: 'poll',
        summary: 'Wait for a task',
        description: pollMeans,
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

function addLeave(app: FastifyInstance, pool: Pool): void {
  app.delete<OfWorker>(
    '/workers/:worker_id',
    {
      config: { step: 'leave', bearer: 'worker' },
      schema: operation({
        id: 'leave',
        summary: 'Leave the pool',
        description:
          'Tasks that the worker holds go back to the queue at once, and it does not count as alive any more. Leaving twice ' +
          'answers the same.',
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

function addResult(app: FastifyInstance, pool: Pool): void {
  app.post<{ Params: { task_id: string }; Body: ResultRequest }>(
    '/tasks/:task_id/result',
    {
      config: { step: 'result', bearer: 'worker' },
      schema: operation({
        id: 'result',
        summary: 'Bring the result of a leased task',
        description:
          'Answered when the result is stored. Sending the same one again, whoever heard the first answer, answers 200 again. ' +
          'Where the lease has ended, and the task waits again or another worker has it, the result is refused (409 lease_lost). ' +
          'The worker whose result was taken is the one that is paid.',
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
