// The contract of api.ts, as requests and as checks of the fields that the actors need.
import type { Exchange } from '../../lib/actor.ts'
import type {
  Leftovers,
  PollAnswer,
  PollRequest,
  PoolStats,
  RegisterAnswer,
  RegisterRequest,
  ResultRequest,
  SubmitRequest,
  Task,
} from './api.ts'
import type { Membership, PoolAdapter, TaskView } from './pool.ts'

const base = '/api/v1'

/** An object with all the fields wanted, each of its type, or null. */
function fields<T>(
  json: unknown,
  wanted: Record<string, 'string' | 'number' | 'boolean' | 'object'>,
): T | null {
  if (typeof json !== 'object' || json === null) return null
  for (const name in wanted) {
    const value = (json as Record<string, unknown>)[name]
    if (typeof value !== wanted[name] || value === null) return null
  }
  return json as T
}

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text))
/** Neither a time nor its absence. */
const isNonsense = (value: number | null): boolean => Number.isNaN(value)

function readTask(json: unknown): TaskView | null {
  const task = fields<Task>(json, {
    task_id: 'string',
    state: 'string',
    accepted_at: 'string',
    able_idle_ms: 'number',
  })
  if (task === null || task.assigned_at === undefined) return null
  const [acceptedAt, assignedAt] = [time(task.accepted_at), time(task.assigned_at)]
  if (acceptedAt === null || isNonsense(acceptedAt) || isNonsense(assignedAt)) return null
  return {
    ended: task.state === 'completed' || task.state === 'failed',
    acceptedAt,
    assignedAt,
    ableIdleMs: task.able_idle_ms,
  }
}

const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` })
const done = (): true => true

export const adapter: PoolAdapter = (credential) => {
  const enrol = bearer(credential('enrol'))
  const client = bearer(credential('client'))
  const own = (member: Membership): string => `${base}/workers/${member.workerId}`
  return {
    register: ({ name, gpuModel, memoryMb, run }) => ({
      method: 'POST',
      path: `${base}/workers`,
      headers: enrol,
      body: { name, gpu_model: gpuModel, memory_mb: memoryMb, run } satisfies RegisterRequest,
      expect: [201],
      read: (json) => {
        const answer = fields<RegisterAnswer>(json, {
          worker_id: 'string',
          token: 'string',
          heartbeat_interval_ms: 'number',
        })
        return answer === null
          ? null
          : {
              workerId: answer.worker_id,
              token: answer.token,
              heartbeatSeconds: answer.heartbeat_interval_ms / 1000,
            }
      },
    }),
    heartbeat: (member) => ({
      method: 'POST',
      path: `${own(member)}/heartbeat`,
      headers: bearer(member.token),
      expect: [200],
      read: (json) => (fields(json, { status: 'string' }) === null ? null : true),
    }),
    poll: (member, waitMs) => ({
      method: 'POST',
      path: `${own(member)}/poll`,
      headers: bearer(member.token),
      body: { wait_ms: waitMs } satisfies PollRequest,
      expect: [200, 204],
      holdMs: waitMs,
      read: (json, status) => {
        if (status === 204) return 'none'
        const answer = fields<PollAnswer>(json, { task_id: 'string', lease_id: 'string' })
        return answer === null ? null : { taskId: answer.task_id, leaseId: answer.lease_id }
      },
    }),
    result: (member, assignment, output) => ({
      method: 'POST',
      path: `${base}/tasks/${assignment.taskId}/result`,
      headers: bearer(member.token),
      body: { lease_id: assignment.leaseId, output } satisfies ResultRequest,
      expect: [200],
      read: (json) => (fields(json, { task_id: 'string', state: 'string' }) === null ? null : true),
    }),
    leave: (member) => ({
      method: 'DELETE',
      path: own(member),
      headers: bearer(member.token),
      expect: [204],
      read: done,
    }),
    submit: ({ key, clientId, memoryMb, priority, prompt, run }) => ({
      method: 'POST',
      path: `${base}/tasks`,
      headers: { ...client, 'Idempotency-Key': key },
      body: { client_id: clientId, memory_mb: memoryMb, priority, prompt, run } satisfies SubmitRequest,
      expect: [201],
      read: readTask,
    }),
    status: (key) => ({
      method: 'GET',
      path: `${base}/tasks/by-key/${key}`,
      headers: client,
      expect: [200, 404],
      read: (json, status) => {
        if (status === 200) return readTask(json)
        return fields<{ error: { code: string } }>(json, { error: 'object' })?.error.code === 'not_found'
          ? 'unknown'
          : null
      },
    }),
    dashboard: () => [
      {
        method: 'GET',
        path: '/dashboard',
        expect: [200],
        read: (body) => (typeof body === 'string' && body.includes('</html>') ? true : null),
      },
      {
        method: 'GET',
        path: `${base}/pool/dashboard`,
        headers: client,
        expect: [200],
        read: (json) =>
          fields(json, { stats: 'object', workers: 'object', tasks: 'object' }) === null ? null : true,
      },
    ],
    stats: (): Exchange<{ waiting: number; running: number; workersAlive: number }> => ({
      method: 'GET',
      path: `${base}/pool/stats`,
      headers: client,
      expect: [200],
      read: (json) => {
        const answer = fields<PoolStats>(json, { workers: 'object', tasks: 'object' })
        return answer === null
          ? null
          : {
              waiting: answer.tasks.waiting,
              running: answer.tasks.running,
              workersAlive: answer.workers.alive,
            }
      },
    }),
    leftovers: (run) => ({
      method: 'GET',
      path: `${base}/runs/${run}`,
      headers: client,
      expect: [200],
      read: (json) => {
        const answer = fields<Leftovers>(json, { workers_alive: 'number', tasks_open: 'number' })
        return answer === null ? null : { workers: answer.workers_alive, tasks: answer.tasks_open }
      },
    }),
  }
}
