// Who lives in a GPU pool. An actor never asks which scenario it is in: the plan says when to come, go and how hard to work.
import type { Actors, World } from '../../lib/actor.ts'
import { client } from './client.ts'
import { faultActors, inquiry, paymentActors, watchingActors } from './lazily.ts'
import { poolOf, workerOf } from './membership.ts'
import { session } from './session.ts'
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

export const actors: Actors = {
  worker,
  client,
  churn,
  visitor,
  session,
  follower: (world) => watchingActors().follower(world),
  observer: (world) => watchingActors().observer(world),
  historian: (world) => watchingActors().historian(world),
  lookout: (world) => faultActors().lookout(world),
  payee: (world) => paymentActors().payee(world),
  racer: (world) => paymentActors().racer(world),
  'payout-follower': (world) => paymentActors().payoutFollower(world),
  auditor: (world) => paymentActors().auditor(world),
  preflight: (world) => inquiry().preflight(world),
  leftovers: (world) => inquiry().leftovers(world),
} as Actors
