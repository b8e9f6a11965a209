// The contract of api.ts, as requests and as checks of the fields that the actors need.
import type { Exchange } from '../../lib/drive/actor.ts'
import type {
  HistoryAnswer,
  HistoryRequest,
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
import { fields } from './fields.ts'
import { paymentsAdapter } from './lazily.ts'
import { bearer } from './pool.ts'
import type { Assignment, Membership, PoolAdapter, PoolView, TaskView } from './pool.ts'

const base = '/api/v1'

const taskFields = fields<Task>({
  task_id: 'string',
  state: 'string',
  accepted_at: 'string',
  able_idle_ms: 'number',
})
const registered = fields<RegisterAnswer>({
  worker_id: 'string',
  token: 'string',
  heartbeat_interval_ms: 'number',
})
const beaten = fields({ status: 'string' })
const polled = fields<PollAnswer>({ task_id: 'string', lease_id: 'string', memory_mb: 'number' })
const answered = fields({ task_id: 'string', state: 'string' })
const refusedWith = fields<{ error: { code: string } }>({ error: 'object' })
const shown = fields({ stats: 'object', workers: 'object', tasks: 'object' })
const counted = fields<PoolStats>({ workers: 'object', tasks: 'object' })
const grown = fields<HistoryAnswer>({ tasks: 'number', bytes: 'number' })
const left = fields<Leftovers>({ workers_alive: 'number', tasks_open: 'number' })

const time = (text: string | null): number | null => (text === null ? null : Date.parse(text))
/** Neither a time nor its absence. */
const isNonsense = (value: number | null): boolean => Number.isNaN(value)

function readTask(json: unknown): TaskView | null {
  const task = taskFields(json)
  if (task === null || task.assigned_at === undefined) return null
  const acceptedAt = time(task.accepted_at)
  const assignedAt = time(task.assigned_at)
  const endedAt = time(task.ended_at ?? null)
  if (acceptedAt === null || isNonsense(acceptedAt) || isNonsense(assignedAt) || isNonsense(endedAt))
    return null
  const completed = task.state === 'completed'
  // A failure without a reason leaves nobody anything to go by.
  if (task.state === 'failed' && !task.reason) return null
  return {
    ended: completed || task.state === 'failed',
    acceptedAt,
    assignedAt,
    completedAt: completed ? (endedAt ?? undefined) : undefined,
    completedBy: completed ? (task.worker_id ?? undefined) : undefined,
    attempts: task.attempts,
    ableIdleMs: task.able_idle_ms,
  }
}

function readMember(json: unknown): Membership | null {
  const answer = registered(json)
  if (answer === null) return null
  return {
    workerId: answer.worker_id,
    token: answer.token,
    heartbeatSeconds: answer.heartbeat_interval_ms / 1000,
  }
}

function readAssignment(json: unknown, status: number): Assignment | 'none' | null {
  if (status === 204) return 'none'
  const answer = polled(json)
  return answer === null
    ? null
    : { taskId: answer.task_id, leaseId: answer.lease_id, memoryMb: answer.memory_mb, prompt: answer.prompt }
}

function readStatus(json: unknown, status: number): TaskView | 'unknown' | null {
  if (status === 200) return readTask(json)
  return refusedWith(json)?.error.code === 'not_found' ? 'unknown' : null
}

const readHeartbeat = (json: unknown): true | null => (beaten(json) === null ? null : true)
const readResult = (json: unknown): true | null => (answered(json) === null ? null : true)

// Made once: a step's kept request parameters are reused only while its list of expected statuses is the same object.
const [ok, created, gone] = [[200], [201], [204]]
const [okOrCreated, okOrNone, okOrUnknown] = [
  [200, 201],
  [200, 204],
  [200, 404],
]

/** The headers of the member that asked last: a virtual user is one worker at a time. */
function memberHeaders(): (member: Membership) => Record<string, string> {
  let last = ''
  let headers = bearer(last)
  return ({ token }) => {
    if (token !== last) headers = bearer((last = token))
    return headers
  }
}

const done = (): true => true

export const adapter: PoolAdapter = (credential) => {
  const enrol = bearer(credential('enrol'))
  const client = bearer(credential('client'))
  const headersOf = memberHeaders()
  const own = (member: Membership): string => `${base}/workers/${member.workerId}`
  return {
    register: ({ name, gpuModel, memoryMb, run, account, thresholdNanoton }) => ({
      method: 'POST',
      path: `${base}/workers`,
      headers: enrol,
      body: {
        name,
        gpu_model: gpuModel,
        memory_mb: memoryMb,
        run,
        payout_account: account,
        ...(thresholdNanoton === null ? {} : { payout_threshold_nanoton: String(thresholdNanoton) }),
      } satisfies RegisterRequest,
      expect: created,
      read: readMember,
    }),
    heartbeat: (member) => ({
      method: 'POST',
      path: `${own(member)}/heartbeat`,
      headers: headersOf(member),
      expect: ok,
      read: readHeartbeat,
    }),
    poll: (member, waitMs) => ({
      method: 'POST',
      path: `${own(member)}/poll`,
      headers: headersOf(member),
      body: { wait_ms: waitMs } satisfies PollRequest,
      expect: okOrNone,
      holdMs: waitMs,
      read: readAssignment,
    }),
    result: (member, assignment, output) => ({
      method: 'POST',
      path: `${base}/tasks/${assignment.taskId}/result`,
      headers: headersOf(member),
      body: { lease_id: assignment.leaseId, output } satisfies ResultRequest,
      expect: ok,
      read: readResult,
    }),
    leave: (member) => ({
      method: 'DELETE',
      path: own(member),
      headers: headersOf(member),
      expect: gone,
      read: done,
    }),
    submit: ({ key, clientId, memoryMb, priority, prompt, run, maxWaitMs, again }) => ({
      method: 'POST',
      path: `${base}/tasks`,
      headers: { ...client, 'Idempotency-Key': key },
      body: {
        client_id: clientId,
        memory_mb: memoryMb,
        priority,
        prompt,
        run,
        ...(maxWaitMs === null ? {} : { max_wait_ms: maxWaitMs }),
      } satisfies SubmitRequest,
      expect: again === true ? okOrCreated : created,
      read: readTask,
    }),
    status: (key) => ({
      method: 'GET',
      path: `${base}/tasks/by-key/${key}`,
      headers: client,
      expect: okOrUnknown,
      read: readStatus,
    }),
    dashboard: () => [
      {
        method: 'GET',
        path: '/dashboard',
        expect: ok,
        read: (body) => (typeof body === 'string' && body.includes('</html>') ? true : null),
      },
      {
        method: 'GET',
        path: `${base}/pool/dashboard`,
        headers: client,
        expect: ok,
        read: (json) => (shown(json) === null ? null : true),
      },
    ],
    stats: (): Exchange<PoolView> => ({
      method: 'GET',
      path: `${base}/pool/stats`,
      headers: client,
      expect: ok,
      read: (json) => {
        const answer = counted(json)
        return answer === null
          ? null
          : {
              waiting: answer.tasks.waiting,
              running: answer.tasks.running,
              workersAlive: answer.workers.alive,
              completed: answer.tasks.completed,
            }
      },
    }),
    grow: (tasks) => ({
      method: 'POST',
      path: `${base}/testbed/history`,
      headers: client,
      body: { tasks } satisfies HistoryRequest,
      expect: ok,
      // Rows are written for as long as it takes.
      holdMs: 300_000,
      read: grown,
    }),
    payments: () => paymentsAdapter().payments(client),
    leftovers: (run) => ({
      method: 'GET',
      path: `${base}/runs/${run}`,
      headers: client,
      expect: ok,
      read: (json) => {
        const answer = left(json)
        return answer === null ? null : { workers: answer.workers_alive, tasks: answer.tasks_open }
      },
    }),
  }
}
