// Followers see what becomes of the tasks that clients submitted.
import { keyOf } from './client.ts'
import { follow, type Followed } from './following.ts'
import { plannedMsIn, poolOf } from './membership.ts'
import { askingAgain } from './lazily.ts'
import type { AskingAgain } from './late/asking-again.ts'
import { tellShown } from './watch.ts'
import type { Pool, TaskView } from './pool.ts'
import type { World } from './names.ts'

/** A submission that a follower looks after. */
interface Submission extends Followed {
  key: string
  /** How long to wait after the next look, in seconds. */
  pause: number
  accepted: boolean
  /** Nobody has answered the last look at it, if there was one. */
  unread: boolean
  /** Accepted, and not known any more when it was looked at last. */
  forgotten: boolean
  /** Seconds after T0 at which it was first seen waiting, by our own clock. */
  waitingSince: number | null
  /** Counted as starved already. */
  starved: boolean
  /** When it was first seen open, and for how long it was since then, by our own clock, in seconds. */
  openSince: number | null
  openSeconds: number
}

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

/** Only where somebody judges whether what has ended stays as it is. */
function sampleOf(world: World, pool: Pool): AskingAgain | null {
  const { phases, checks } = world.data
  const isJudged = phases.some(({ kind }) => checks[kind]?.['asked-again'] !== undefined)
  return isJudged ? new (askingAgain().AskingAgain)(world, pool) : null
}

/** Follows the submissions whose index falls to it, from when they are due to their end; and then looks at some once more. */
export function follower(world: World): void {
  const pool = poolOf(world)
  const sample = sampleOf(world, pool)
  const open = follow<Submission>(world, {
    actor: 'follower',
    follows: ({ work }) => work,
    begin: ({ stretch, index, kind, dueAt }) => {
      const ofItsWork = ofWork * stretch.phase.added.workSeconds
      return {
        stretch,
        index,
        kind,
        dueAt,
        key: keyOf(world, stretch.place, index),
        lookAt: dueAt + Math.max(firstLookSeconds, ofItsWork),
        pause: Math.max(firstPauseSeconds, ofItsWork),
        accepted: false,
        unread: true,
        forgotten: false,
        waitingSince: null,
        starved: false,
        openSince: null,
        openSeconds: 0,
      }
    },
    look: (task) => look(world, pool, task, sample),
    // What the pool says that it never knew will not come any more.
    mayEnd: (left, since) =>
      since > giveUpSeconds && left.every(({ accepted, unread }) => !accepted && !unread),
  })
  for (const { accepted, unread, forgotten, kind, key } of open) {
    if (!accepted && unread) world.observe('unread-task', kind, null)
    if (!accepted) continue
    world.observe('accepted-task', kind, forgotten ? 'is not known any more' : null, { key })
    if (!forgotten) world.observe('task-end', kind, 'has not ended')
  }
  sample?.ask()
}

/** One look at a followed task. True when it needs no further one. */
function look(world: World, pool: Pool, task: Submission, sample: AskingAgain | null): boolean {
  const askedAt = world.now()
  const answer = world.send('status', pool.status(task.key))
  const view = answer.value
  task.unread = view === null
  if (view !== null && view !== 'unknown') {
    const { stretch, index } = task
    task.accepted = true
    task.forgotten = false
    if (index > stretch.furthest) stretch.furthest = index
    if (view.ended) {
      ended(world, task, view, answer.correlationId)
      sample?.add(task, view)
      return true
    }
    // It was open when this was asked, and had been since it was first seen.
    task.openSeconds = Math.max(0, askedAt - (task.openSince ??= world.now()))
    if (view.assignedAt === null) stillWaiting(world, task)
  }
  if (view === 'unknown') task.pause = unknownPauseSeconds
  const now = world.now()
  task.lookAt = now + task.pause
  const longestPause = Math.max(longestPauseSeconds, task.stretch.phase.added.workSeconds)
  task.pause = Math.min(task.pause * pauseGrowth, longestPause)
  // A look that fails says nothing about the task.
  if (view !== 'unknown') return false
  task.forgotten = task.accepted
  const passedBy = task.stretch.furthest > task.index
  return !task.accepted && passedBy && now - task.dueAt > giveUpSeconds
}

/** A task seen waiting: starved as soon as it has waited too long by our own clock, whatever the pool will say later. */
function stillWaiting(world: World, task: Submission): void {
  task.waitingSince ??= world.now()
  const waitMs = (world.now() - task.waitingSince) * 1000
  const plannedMs = plannedMsIn(task.stretch.phase)
  if (task.starved || waitMs - plannedMs < world.limitMs('task-wait', task.kind)) return
  task.starved = true
  world.observe('task-wait', task.kind, `still waiting after ${Math.round(waitMs)} ms`, {
    ms: waitMs,
    plannedMs,
  })
}

/** The pool's times are whole milliseconds: two of them may be off by one each. */
const roundingMs = 2

/** Whether a task found an able worker free: then one was idle for most of its wait. A busy pool is no slow allocator. */
const foundFree = (waitMs: number, ableIdleMs: number | undefined): boolean =>
  ableIdleMs === undefined || 2 * (ableIdleMs + roundingMs) >= waitMs

/** What a task that ended says about allocation. */
function ended(world: World, task: Submission, view: TaskView, correlationId: string): void {
  const { kind, starved, key } = task
  const { phase } = task.stretch
  const { acceptedAt, assignedAt, completedAt, ableIdleMs } = view
  world.observe('accepted-task', kind, null, { key })
  world.observe('task-end', kind, null)
  tellShown(world, key, view)
  if (acceptedAt === undefined) return
  if (completedAt !== undefined) {
    // Whatever the pool says, it took no less than it was seen to take.
    const turnaroundMs = Math.max(task.openSeconds * 1000, completedAt - acceptedAt)
    world.tally('turnaround', phase.name, turnaroundMs)
    if (turnaroundMs <= world.data.inTimeMs) world.tally('in-time', phase.name, turnaroundMs)
  }
  if (assignedAt === undefined) return
  if (assignedAt === null) {
    if (!starved) world.observe('task-wait', kind, 'ended without ever getting a worker', { correlationId })
    return
  }
  const waitMs = assignedAt - acceptedAt
  const waited = { ms: waitMs, correlationId }
  const backwards = waitMs < -roundingMs ? 'assigned before it was accepted' : null
  if (!starved) world.observe('task-wait', kind, backwards, { ...waited, plannedMs: plannedMsIn(phase) })
  if (ableIdleMs !== undefined) world.observe('able-idle', kind, null, { ms: ableIdleMs, correlationId })
  if (!foundFree(waitMs, ableIdleMs)) return
  world.observe('allocation', kind, backwards, waited)
  world.measure('allocation', kind, waitMs)
}
