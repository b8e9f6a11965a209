// A GPU pool in the kit's terms. The default adapter speaks the contract of api.ts; your own pool brings another one.
import type { Exchange } from '../../lib/actor.ts'

export interface Membership {
  workerId: string
  token: string
  heartbeatSeconds: number
}

export interface Assignment {
  taskId: string
  leaseId: string
}

/** A task as the pool reports it; times are Unix ms, undefined where the pool does not say. */
export interface TaskView {
  ended: boolean
  acceptedAt: number | undefined
  assignedAt: number | null | undefined
  /** Of a task that was completed. */
  completedAt?: number | undefined
  ableIdleMs: number | undefined
}

export interface PoolView {
  waiting: number
  running: number
  workersAlive: number
  /** Tasks completed since the pool began; left out where it does not count them. */
  completed?: number
}

export interface NewWorker {
  name: string
  gpuModel: string
  memoryMb: number
  run: string
}

export interface NewTask {
  key: string
  clientId: string
  memoryMb: number
  priority: number
  prompt: string
  run: string
  /** How long the client is willing to wait for a worker; null: for ever. A pool that cannot be so quick may refuse. */
  maxWaitMs: number | null
}

/** Every request that actors send, described. `credential` gives the value of the target's credential of that name. */
export interface Pool {
  register: (worker: NewWorker) => Exchange<Membership>
  heartbeat: (member: Membership) => Exchange<true>
  /** The value is "none" when no task came in time. */
  poll: (member: Membership, waitMs: number) => Exchange<Assignment | 'none'>
  result: (member: Membership, assignment: Assignment, output: string) => Exchange<true>
  leave: (member: Membership) => Exchange<true>
  submit: (task: NewTask) => Exchange<TaskView>
  /** The value is "unknown" when the pool knows no task with that key. */
  status: (key: string) => Exchange<TaskView | 'unknown'>
  /** What a browser loads to show the dashboard, in order. */
  dashboard: () => Exchange<true>[]
  stats?: () => Exchange<PoolView>
  /** Fills the pool with this many tasks of the past. Only a testbed has it. The value is the rows and bytes there are. */
  grow?: (tasks: number) => Exchange<{ tasks: number; bytes: number }>
  leftovers?: (run: string) => Exchange<{ workers: number; tasks: number }>
}

export type PoolAdapter = (credential: (use: string) => string) => Pool
