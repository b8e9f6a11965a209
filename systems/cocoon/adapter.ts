// The contract of api.ts, as requests and as checks of the fields that the actors need.
import type { Exchange } from '../../lib/drive/actor.ts'
import { fields, misfit } from '../../lib/drive/fields.ts'
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
import { checksAdapter, paymentsAdapter } from './lazily.ts'
import { bearer } from './pool.ts'
import type { Assignment, Membership, PoolAdapter, PoolView, TaskView } from './pool.ts'

const base = '/api/v1'

const registered = fields<RegisterAnswer>({
  worker_id: 'string',
  token: 'string',
  heartbeat_interval_ms: 'number',
})
const refusedWith = fields<{ error: { code: string } }>({ error: 'object' })
const counted = fields<PoolStats>({ workers: 'object', tasks: 'object' })
const workersCounted = fields<PoolStats['workers']>({ alive: 'number' }, 'workers')
const tasksCounted = fields<PoolStats['tasks']>(
  { waiting: 'number', running: 'number', completed: 'number' },
  'tasks',
)
const grown = fields<HistoryAnswer>({ tasks: 'number', bytes: 'number' })
const left = fields<Leftovers>({ workers_alive: 'number', tasks_open: 'number' })

const aTime = 'a time such as 2030-01-31T12:00:00.000Z'

/** The first of some texts that is no time, as a misfit. */
function notTimes(times: Record<string, unknown>): never {
  const isTime = (value: unknown) =>
    value === null || value === undefined || !Number.isNaN(Date.parse(String(value)))
  const [field, value] = Object.entries(times).find(([, each]) => !isTime(each))!
  misfit(field, aTime, value)
}

/**
 * Flat, and each field is read once: two of five answers are tasks, and a look at an object of k6's own is a call out of
 * JavaScript.
 */
function readTask(json: unknown): TaskView {
  if (typeof json !== 'object' || json === null) misfit('the answer', 'an object', json)
  const task = json as Partial<Task>
  const { task_id, state, accepted_at, assigned_at, ended_at, able_idle_ms: ableIdleMs } = task
  if (typeof task_id !== 'string') misfit('task_id', 'a string', task_id)
  if (typeof state !== 'string') misfit('state', 'a string', state)
  if (typeof accepted_at !== 'string') misfit('accepted_at', aTime, accepted_at)
  if (typeof ableIdleMs !== 'number') misfit('able_idle_ms', 'a number', ableIdleMs)
  if (assigned_at === undefined) misfit('assigned_at', `${aTime}, or null,`, assigned_at)
  const acceptedAt = Date.parse(accepted_at)
  const assignedAt = assigned_at === null ? null : Date.parse(assigned_at)
  const endedAt = ended_at === null || ended_at === undefined ? null : Date.parse(ended_at)
  // Neither times nor their absence.
  if (Number.isNaN(acceptedAt + (assignedAt ?? 0) + (endedAt ?? 0)))
    notTimes({ accepted_at, assigned_at, ended_at })
  const completed = state === 'completed'
  const failed = state === 'failed'
  if (!completed && !failed && state !== 'running' && state !== 'queued')
    misfit('state', 'one of queued, running, completed, failed', state)
  // A failure without a reason leaves nobody anything to go by.
  if (failed && !task.reason) misfit('reason', 'why the task failed', task.reason)
  return {
    ended: completed || failed,
    acceptedAt,
    assignedAt,
    completedAt: completed ? (endedAt ?? undefined) : undefined,
    completedBy: completed ? (task.worker_id ?? undefined) : undefined,
    attempts: task.attempts,
    ableIdleMs,
  }
}

function readMember(json: unknown): Membership {
  const {
    worker_id: workerId,
    token,
    heartbeat_interval_ms: heartbeatMs,
    lease_ms: leaseMs,
  } = registered(json)
  return { workerId, token, heartbeatSeconds: heartbeatMs / 1000, leaseSeconds: leaseMs / 1000 }
}

function readAssignment(json: unknown, status: number): Assignment | 'none' {
  if (status === 204) return 'none'
  if (typeof json !== 'object' || json === null) misfit('the answer', 'an object', json)
  const { task_id: taskId, lease_id: leaseId, memory_mb: memoryMb, prompt } = json as PollAnswer
  if (typeof taskId !== 'string') misfit('task_id', 'a string', taskId)
  if (typeof leaseId !== 'string') misfit('lease_id', 'a string', leaseId)
  if (typeof memoryMb !== 'number') misfit('memory_mb', 'a number', memoryMb)
  return { taskId, leaseId, memoryMb, prompt }
}

function readStatus(json: unknown, status: number): TaskView | 'unknown' {
  if (status === 200) return readTask(json)
  const { code } = refusedWith(json).error
  return code === 'not_found' ? 'unknown' : misfit('error.code', '"not_found"', code)
}

/** Where it is enough that the answer is as it should be. */
const taking =
  (check: (json: unknown) => unknown) =>
  (json: unknown): true => {
    check(json)
    return true
  }
const readHeartbeat = taking(fields({ status: 'string' }))
const readResult = taking(fields({ task_id: 'string', state: 'string' }))
const readDashboard = taking(fields({ stats: 'object', workers: 'object', tasks: 'object' }))

/** What a page has to hold the contract leaves open. */
const readPage = (body: unknown): true =>
  typeof body === 'string' && body !== '' ? true : misfit('the answer', 'a page', body)

function readStats(json: unknown): PoolView {
  const { workers, tasks } = counted(json)
  const { waiting, running, completed, accepted, failed } = tasksCounted(tasks)
  return { waiting, running, workersAlive: workersCounted(workers).alive, completed, accepted, failed }
}

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
      { method: 'GET', path: '/dashboard', expect: ok, read: readPage },
      {
        method: 'GET',
        path: `${base}/pool/dashboard`,
        headers: client,
        expect: ok,
        read: readDashboard,
      },
    ],
    stats: () => ({
      method: 'GET',
      path: `${base}/pool/stats`,
      headers: client,
      expect: ok,
      read: readStats,
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
        const { workers_alive: workers, tasks_open: tasks } = left(json)
        return { workers, tasks }
      },
    }),
  }
}
