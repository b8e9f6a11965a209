// Who lives in a GPU pool. An actor never asks which scenario it is in: the plan says when to come, go and how hard to work.
import type { Actors } from '../../lib/drive/actor.ts'
import { client } from './client.ts'
import { faultActors, inquiry, paymentActors, watchingActors } from './lazily.ts'
import { poolOf, workerOf } from './membership.ts'
import { session } from './session.ts'
import { worker } from './worker.ts'
import type { World } from './names.ts'

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

export const actors: Actors['actors'] = {
  worker,
  client,
  churn,
  visitor,
  session,
  follower: (world: World) => watchingActors().follower(world),
  observer: (world: World) => watchingActors().observer(world),
  historian: (world: World) => watchingActors().historian(world),
  lookout: (world: World) => faultActors().lookout(world),
  payee: (world: World) => paymentActors().payee(world),
  racer: (world: World) => paymentActors().racer(world),
  'payout-follower': (world: World) => paymentActors().payoutFollower(world),
  auditor: (world: World) => paymentActors().auditor(world),
}

export const preflight: Actors['preflight'] = (world: World) => inquiry().preflight(world)
export const leftovers: Actors['leftovers'] = (world: World) => inquiry().leftovers(world)
