// Clients submit, followers see what becomes of it. They share no memory: a task's key is made from its arrival alone.
import type { Answer, World } from '../../lib/actor.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { arrivalTime, arrivalsBy } from '../../lib/plan-time.ts'
import { over, poolOf, taskMemoryMb } from './membership.ts'
import type { Pool, TaskView } from './pool.ts'

/** Clients behind the open arrivals. */
const clients = 100

const keyOf = (world: World, place: string, index: number): string => `${world.data.run}-${place}-${index}`

/** A client submits one task. What becomes of it is a follower's business, so that no arrival waits for a completion. */
export function client(world: World): void {
  const pool = poolOf(world)
  const { index, place } = world
  const answer = world.send(
    'submit',
    pool.submit({
      key: keyOf(world, place, index),
      clientId: `${world.data.run}-c-${index % clients}`,
      memoryMb: taskMemoryMb[Math.floor(world.random('memory', place, index) * taskMemoryMb.length)]!,
      priority: 1 + Math.floor(world.random('priority', place, index) * 10),
      prompt: `task ${index}`,
      run: world.data.run,
    }),
  )
  if (answer.outcome === 'ok') world.observe('accepted', world.phase().kind, null)
}

/** A submission that a follower looks after. */
interface Followed {
  key: string
  kind: PhaseKind
  dueAt: number
  /** When to look next, and how long to wait after that, in seconds. */
  next: number
  pause: number
  accepted: boolean
  /** Seconds after T0 at which it was last seen waiting, by our own clock. */
  waitingSince: number | null
  /** Counted as starved already. */
  starved: boolean
}

/** A task that waited longer than this starved. */
const starvedMs = 30_000
/** A task may not wait longer than this while a worker that could run it is idle. */
const idleLimitMs = 1000
/** A submission that the pool does not know this long after it was due never got there. */
const giveUpSeconds = 15

/** Follows the submissions whose index falls to it, from when they are due to their end. */
export function follower(world: World): void {
  const pool = poolOf(world)
  const followers = world.data.residents['follower'] ?? 1
  const cursors = Object.entries(world.data.segments)
    .filter(([, segment]) => segment.actor === 'client')
    .map(([place, segment]) => ({ place, segment, index: world.index }))
  const open: Followed[] = []
  while (!over(world)) {
    const now = world.now()
    for (const cursor of cursors) {
      const { segment, place } = cursor
      const due = arrivalsBy(segment, Math.min(segment.seconds, now - segment.start))
      for (; now > segment.start && cursor.index < due - 1e-6; cursor.index += followers) {
        const dueAt = segment.start + arrivalTime(segment, cursor.index)
        open.push({
          key: keyOf(world, place, cursor.index),
          kind: segment.kind,
          dueAt,
          next: dueAt + 0.3,
          pause: 0.4,
          accepted: false,
          waitingSince: null,
          starved: false,
        })
      }
    }
    const ready = open.filter(({ next }) => next <= now)
    for (const task of ready) {
      if (look(world, pool, task)) open.splice(open.indexOf(task), 1)
    }
    if (ready.length === 0) {
      if (open.length === 0 && now > world.data.driveSeconds) return
      world.sleep(0.02)
    }
  }
  for (const task of open) if (task.accepted) world.observe('accepted-task', task.kind, 'has not ended')
}

/** One look at a followed task. True when it needs no further one. */
function look(world: World, pool: Pool, task: Followed): boolean {
  const answer = world.send('status', pool.status(task.key))
  task.next = world.now() + task.pause
  task.pause = Math.min(task.pause * 1.5, 3)
  if (answer.value === null || answer.value === 'unknown') {
    return !task.accepted && world.now() - task.dueAt > giveUpSeconds
  }
  task.accepted = true
  const view = answer.value
  if (view.assignedAt === null) stillWaiting(world, task)
  if (!view.ended) return false
  ended(world, task, view, answer)
  return true
}

/** A task seen waiting: starved as soon as it has waited too long by our own clock, whatever the pool will say later. */
function stillWaiting(world: World, task: Followed): void {
  task.waitingSince ??= task.dueAt
  const waitMs = (world.now() - task.waitingSince) * 1000
  if (task.starved || waitMs <= starvedMs) return
  task.starved = true
  world.observe('task-wait', task.kind, `still waiting after ${Math.round(waitMs)} ms`, { ms: waitMs })
}

/** The pool's times are whole milliseconds: two of them may be off by one each. */
const roundingMs = 2

/** Whether a task found an able worker free: then one was idle for most of its wait. A busy pool is no slow allocator. */
const foundFree = (waitMs: number, ableIdleMs: number | undefined): boolean =>
  ableIdleMs === undefined || 2 * (ableIdleMs + roundingMs) >= waitMs

/** What a task that ended says about allocation. */
function ended(world: World, task: Followed, view: TaskView, answer: Answer<unknown>): void {
  const { kind } = task
  const { correlationId } = answer
  world.observe('accepted-task', kind, null)
  if (view.acceptedAt === undefined || typeof view.assignedAt !== 'number') return
  const waitMs = view.assignedAt - view.acceptedAt
  if (!task.starved) {
    const starved = waitMs > starvedMs ? `waited ${Math.round(waitMs)} ms` : null
    world.observe('task-wait', kind, starved, { ms: waitMs, correlationId })
  }
  if (view.ableIdleMs !== undefined) {
    const idle = view.ableIdleMs > idleLimitMs ? `an able worker idled ${view.ableIdleMs} ms` : null
    world.observe('able-idle', kind, idle, { ms: view.ableIdleMs, correlationId })
  }
  if (!foundFree(waitMs, view.ableIdleMs)) return
  world.observe('allocation', kind, null, { ms: waitMs, correlationId })
  world.measure('allocation', kind, waitMs)
}
