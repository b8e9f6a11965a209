// Followers see what becomes of the tasks that clients submitted.
import type { Answer } from '../../lib/drive/actor.ts'
import type { PlannedPhase } from '../../lib/plan/plan.ts'
import { keyOf } from './client.ts'
import { follow, type Followed } from './following.ts'
import { poolOf } from './membership.ts'
import type { Pool, TaskView } from './pool.ts'
import type { World } from './names.ts'

/** A submission that a follower looks after. */
interface Submission extends Followed {
  key: string
  /** How long to wait after the next look, in seconds. */
  pause: number
  accepted: boolean
  /** Accepted, and not known any more when it was looked at last. */
  forgotten: boolean
  /** Seconds after T0 at which it was first seen waiting, by our own clock. */
  waitingSince: number | null
  /** Counted as starved already. */
  starved: boolean
}

/** A task that waited longer than this starved, unless the plan itself makes the queue longer. */
const starvedSeconds = 30
const starvedMsIn = ({ queueSeconds }: PlannedPhase): number => 1000 * (starvedSeconds + queueSeconds)
/** A task may not wait longer than this while a worker that could run it is idle. */
const idleLimitMs = 1000
/**
 * A submission that the pool does not know so long after it was due, although it knows a later one, never got there.
 * A later one is asked for because arrivals that k6 drops use up no index: those behind them come later than planned.
 */
const giveUpSeconds = 15
/** Looks at a task begin so long after it was due, and then come at growing intervals; later where its work is long. */
const [firstLookSeconds, firstPauseSeconds, longestPauseSeconds, pauseGrowth] = [0.3, 0.4, 3, 1.5]
const ofWork = 0.08
/** One that the pool does not know was most likely refused: the next look at it has time. */
const unknownPauseSeconds = 7.5
/** Work completed so soon after it was accepted was completed in time. */
const inTimeMs = 10_000

/** Follows the submissions whose index falls to it, from when they are due to their end. */
export function follower(world: World): void {
  const pool = poolOf(world)
  const open = follow<Submission>(world, {
    actor: 'follower',
    follows: ({ work }) => work,
    begin: (due) => {
      const { workSeconds } = due.stretch.phase.added
      return {
        ...due,
        key: keyOf(world, due.stretch.place, due.index),
        lookAt: due.dueAt + Math.max(firstLookSeconds, ofWork * workSeconds),
        pause: Math.max(firstPauseSeconds, ofWork * workSeconds),
        accepted: false,
        forgotten: false,
        waitingSince: null,
        starved: false,
      }
    },
    look: (task) => look(world, pool, task),
    // What the pool never knew will not come any more.
    mayEnd: (left, since) => since > giveUpSeconds && left.every(({ accepted }) => !accepted),
  })
  for (const { accepted, forgotten, kind } of open) {
    if (!accepted) continue
    world.observe('accepted-task', kind, forgotten ? 'is not known any more' : null)
    if (!forgotten) world.observe('task-end', kind, 'has not ended')
  }
}

/** One look at a followed task. True when it needs no further one. */
function look(world: World, pool: Pool, task: Submission): boolean {
  const answer = world.send('status', pool.status(task.key))
  if (answer.value === 'unknown') task.pause = unknownPauseSeconds
  task.lookAt = world.now() + task.pause
  const longestPause = Math.max(longestPauseSeconds, task.stretch.phase.added.workSeconds)
  task.pause = Math.min(task.pause * pauseGrowth, longestPause)
  // A look that fails says nothing about the task.
  if (answer.value === null) return false
  if (answer.value === 'unknown') {
    task.forgotten = task.accepted
    const passedBy = task.stretch.furthest > task.index
    return !task.accepted && passedBy && world.now() - task.dueAt > giveUpSeconds
  }
  task.accepted = true
  task.forgotten = false
  task.stretch.furthest = Math.max(task.stretch.furthest, task.index)
  const view = answer.value
  if (!view.ended) {
    if (view.assignedAt === null) stillWaiting(world, task)
    return false
  }
  ended(world, task, view, answer)
  return true
}

/** A task seen waiting: starved as soon as it has waited too long by our own clock, whatever the pool will say later. */
function stillWaiting(world: World, task: Submission): void {
  task.waitingSince ??= world.now()
  const waitMs = (world.now() - task.waitingSince) * 1000
  if (task.starved || waitMs <= starvedMsIn(task.stretch.phase)) return
  task.starved = true
  world.observe('task-wait', task.kind, `still waiting after ${Math.round(waitMs)} ms`, { ms: waitMs })
}

/** The pool's times are whole milliseconds: two of them may be off by one each. */
const roundingMs = 2

/** Whether a task found an able worker free: then one was idle for most of its wait. A busy pool is no slow allocator. */
const foundFree = (waitMs: number, ableIdleMs: number | undefined): boolean =>
  ableIdleMs === undefined || 2 * (ableIdleMs + roundingMs) >= waitMs

/** What a task that ended says about allocation. */
function ended(world: World, task: Submission, view: TaskView, answer: Answer<unknown>): void {
  const { kind } = task
  const { correlationId } = answer
  world.observe('accepted-task', kind, null)
  world.observe('task-end', kind, null)
  if (view.acceptedAt !== undefined && view.completedAt !== undefined) {
    const turnaroundMs = Math.max(0, view.completedAt - view.acceptedAt)
    world.tally('turnaround', task.stretch.phase.name, turnaroundMs)
    if (turnaroundMs <= inTimeMs) world.tally('in-time', task.stretch.phase.name, turnaroundMs)
  }
  if (view.acceptedAt === undefined || view.assignedAt === undefined) return
  if (view.assignedAt === null) {
    if (!task.starved)
      world.observe('task-wait', kind, 'ended without ever getting a worker', { correlationId })
    return
  }
  const waitMs = view.assignedAt - view.acceptedAt
  const backwards = waitMs < -roundingMs ? 'assigned before it was accepted' : null
  if (!task.starved) {
    const starved = waitMs > starvedMsIn(task.stretch.phase) ? `waited ${Math.round(waitMs)} ms` : backwards
    world.observe('task-wait', kind, starved, { ms: waitMs, correlationId })
  }
  if (view.ableIdleMs !== undefined) {
    const idle = view.ableIdleMs > idleLimitMs ? `an able worker idled ${view.ableIdleMs} ms` : null
    world.observe('able-idle', kind, idle, { ms: view.ableIdleMs, correlationId })
  }
  if (!foundFree(waitMs, view.ableIdleMs)) return
  world.observe('allocation', kind, backwards, { ms: waitMs, correlationId })
  world.measure('allocation', kind, waitMs)
}
