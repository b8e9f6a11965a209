// Who lives in a GPU pool. An actor never asks which scenario it is in: the plan says when to come, go and how hard to work.
import type { Actors, World } from '../../lib/actor.ts'
import { client, follower } from './client.ts'
import { over, poolOf, workerOf } from './membership.ts'
import { leftovers, preflight } from './preflight.ts'
import { worker } from './worker.ts'

/** Joins and leaves at once: the churn of a pool. */
function churn(world: World): void {
  const pool = poolOf(world)
  const name = `${world.data.run}-${world.place}-${world.index}`
  const member = world.send('register', pool.register(workerOf(world, name))).value
  if (member === null) return
  world.send('heartbeat', pool.heartbeat(member))
  world.send('leave', pool.leave(member))
}

/** Opens the dashboard: the page and its data, judged together as one load. */
function visitor(world: World): void {
  const { kind } = world.phase()
  const answers = poolOf(world)
    .dashboard()
    .map((exchange) => world.send('dashboard', exchange))
  const ms = answers.reduce((sum, answer) => sum + answer.ms, 0)
  const failed = answers.find(({ outcome }) => outcome !== 'ok')
  world.observe('dashboard-load', kind, failed === undefined ? null : `answered ${failed.status}`, { ms })
  world.measure('dashboard-load', kind, ms)
}

/** Watches the queue once a second, and times its way back to normal after each burst. */
function observer(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  const burst = world.data.phases.filter(({ kind }) => kind === 'burst').at(-1)
  let normal = 0
  let calm = 0
  let back: number | null = null
  while (!over(world)) {
    const now = world.now()
    const view = world.send('stats', pool.stats()).value
    if (view !== null) {
      world.tell({ event: 'point', of: 'queue-length', t: Date.now(), value: view.waiting })
      if (world.phase().kind === 'normal') normal = Math.max(normal, view.waiting)
      calm = view.waiting <= normal ? calm + 1 : 0
    }
    const watching = burst !== undefined && now >= burst.end
    if (watching && back === null && calm >= 2) back = now
    if (now >= world.data.driveSeconds && (back !== null || burst === undefined)) break
    world.sleep(Math.max(0, 1 - (world.now() - now)))
  }
  if (burst === undefined || world.now() < burst.end) return
  const ms = ((back ?? world.now()) - burst.end) * 1000
  world.observe('queue-length', 'recovery', back === null ? 'the queue is not back to normal' : null, { ms })
  world.tell({
    event: 'back',
    of: 'queue-length',
    from: world.at(burst.end),
    at: back === null ? null : world.at(back),
    watchedUntil: world.at(world.now()),
  })
}

export const actors: Actors = {
  worker,
  follower,
  client,
  churn,
  visitor,
  observer,
  preflight,
  leftovers,
} as Actors
