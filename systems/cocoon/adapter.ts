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
import { checksAdapter, paymentsAdapter } from './lazily.ts'
import { bearer } from './pool.ts'
import type { Assignment, Membership, PoolAdapter, PoolView, TaskView } from './pool.ts'

const base = '/api/v1'

const registered = fields<RegisterAnswer>({
  worker_id: 'string',
  token: 'string',
  heartbeat_interval_ms: 'number',
})
const beaten = fields({ status: 'string' })
const answered = fields({ task_id: 'string', state: 'string' })
const refusedWith = fields<{ error: { code: string } }>({ error: 'object' })
const shown = fields({ stats: 'object', workers: 'object', tasks: 'object' })
const counted = fields<PoolStats>({ workers: 'object', tasks: 'object' })
const grown = fields<HistoryAnswer>({ tasks: 'number', bytes: 'number' })
const left = fields<Leftovers>({ workers_alive: 'number', tasks_open: 'number' })

/**
 * Flat, and each field is read once: two of five answers are tasks, and a look at an object of k6's own is a call out of
 * JavaScript.
 */
function readTask(json: unknown): TaskView | null {
  if (typeof json !== 'object' || json === null) return null
  const task = json as Partial<Task>
  const { state, accepted_at, assigned_at, ended_at, able_idle_ms: ableIdleMs } = task
  if (typeof task.task_id !== 'string' || typeof state !== 'string' || typeof accepted_at !== 'string')
    return null
  if (typeof ableIdleMs !== 'number' || assigned_at === undefined) return null
  const acceptedAt = Date.parse(accepted_at)
  const assignedAt = assigned_at === null ? null : Date.parse(assigned_at)
  const endedAt = ended_at === null || ended_at === undefined ? null : Date.parse(ended_at)
  // Neither times nor their absence.
  if (Number.isNaN(acceptedAt + (assignedAt ?? 0) + (endedAt ?? 0))) return null
  const completed = state === 'completed'
  // A failure without a reason leaves nobody anything to go by.
  if (state === 'failed' && !task.reason) return null
  return {
    ended: completed || state === 'failed',
    acceptedAt,
    assignedAt,
    completedAt: completed ? (endedAt ?? undefined) : undefined,
    completedBy: completed ? (task.worker_id ?? undefined) : undefined,
    attempts: task.attempts,
    ableIdleMs,
  }
}

function readMember(json: unknown): Membership | null {
  const answer = registered(json)
  if (answer === null) return null
  return {
    workerId: answer.worker_id,
    token: answer.token,
    heartbeatSeconds: answer.heartbeat_interval_ms / 1000,
    leaseSeconds: answer.lease_ms / 1000,
  }
}

function readAssignment(json: unknown, status: number): Assignment | 'none' | null {
  if (status === 204) return 'none'
  if (typeof json !== 'object' || json === null) return null
  const { task_id: taskId, lease_id: leaseId, memory_mb: memoryMb, prompt } = json as PollAnswer
  if (typeof taskId !== 'string' || typeof leaseId !== 'string' || typeof memoryMb !== 'number') return null
  return { taskId, leaseId, memoryMb, prompt }
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

/** How a member asks: what all its requests have in common. */
interface Asking {
  headers: Readonly<Record<string, string>>
  path: string
  heartbeat: Exchange<true>
  poll: Exchange<Assignment | 'none'>
}

function askingOf({ workerId, token }: Membership): Asking {
  const headers = bearer(token)
  const path = `${base}/workers/${workerId}`
  return {
    headers,
    path,
    heartbeat: { method: 'POST', path: `${path}/heartbeat`, headers, expect: ok, read: readHeartbeat },
    poll: pollOf(headers, path, 0),
  }
}

const pollOf = (headers: Asking['headers'], path: string, waitMs: number): Asking['poll'] => ({
  method: 'POST',
  path: `${path}/poll`,
  headers,
  body: { wait_ms: waitMs } satisfies PollRequest,
  expect: okOrNone,
  holdMs: waitMs,
  read: readAssignment,
})

/** Of the member that asked last: a virtual user is one worker at a time, which asks the same again and again. */
function lastAsking(): (member: Membership) => Asking {
  let last: Membership | undefined
  let asking: Asking | undefined
  return (member) => {
    if (member !== last) asking = askingOf((last = member))
    return asking!
  }
}

const done = (): true => true

export const adapter: PoolAdapter = (credential) => {
  const enrol = bearer(credential('enrol'))
  const client = bearer(credential('client'))
  const of = lastAsking()
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
    heartbeat: (member) => of(member).heartbeat,
    poll: (member, waitMs) => {
      const asking = of(member)
      if (asking.poll.holdMs !== waitMs) asking.poll = pollOf(asking.headers, asking.path, waitMs)
      return asking.poll
    },
    result: (member, assignment, output) => ({
      method: 'POST',
      path: `${base}/tasks/${assignment.taskId}/result`,
      headers: of(member).headers,
      body: { lease_id: assignment.leaseId, output } satisfies ResultRequest,
      expect: ok,
      read: readResult,
    }),
    leave: (member) => ({
      method: 'DELETE',
      path: of(member).path,
      headers: of(member).headers,
      expect: gone,
      read: done,
    }),
    submit: ({ key, clientId, memoryMb, priority, prompt, run, maxWaitMs, again }) => {
      const body: SubmitRequest = { client_id: clientId, memory_mb: memoryMb, priority, prompt, run }
      if (maxWaitMs !== null) body.max_wait_ms = maxWaitMs
      return {
        method: 'POST',
        path: `${base}/tasks`,
        headers: { ...client, 'Idempotency-Key': key },
        body,
        expect: again === true ? okOrCreated : created,
        read: readTask,
      }
    },
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
        // What a page has to hold the contract leaves open.
        read: (body) => (typeof body === 'string' && body !== '' ? true : null),
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
    checks: () => checksAdapter().checks,
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
