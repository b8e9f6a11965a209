// Who lives in a GPU pool. An actor never asks which scenario it is in: the plan says when to come, go and how hard to work.
import type { Actors } from '../../lib/drive/actor.ts'
import type { World } from './names.ts'

/**
 * Each is evaluated when it is asked for, in a closure of its own: every virtual user makes the functions that it evaluates anew,
 * and most of its memory is functions.
 */
export const actors: Actors['actors'] = {
  get worker() {
    return (require('./worker.ts') as typeof import('./worker.ts')).worker
  },
  get client() {
    return (require('./client.ts') as typeof import('./client.ts')).client
  },
  get churn() {
    return (require('./passers-by.ts') as typeof import('./passers-by.ts')).churn
  },
  get visitor() {
    return (require('./passers-by.ts') as typeof import('./passers-by.ts')).visitor
  },
  get session() {
    return (require('./session.ts') as typeof import('./session.ts')).session
  },
  get follower() {
    return (require('./follower.ts') as typeof import('./follower.ts')).follower
  },
  get observer() {
    return (require('./observer.ts') as typeof import('./observer.ts')).observer
  },
  get historian() {
    return (require('./historian.ts') as typeof import('./historian.ts')).historian
  },
  get lookout() {
    return (require('./lookout.ts') as typeof import('./lookout.ts')).lookout
  },
  get payee() {
    return (require('./payee.ts') as typeof import('./payee.ts')).payee
  },
  get racer() {
    return (require('./payee.ts') as typeof import('./payee.ts')).racer
  },
  get 'payout-follower'() {
    return (require('./payout-follower.ts') as typeof import('./payout-follower.ts')).payoutFollower
  },
  get auditor() {
    return (require('./auditor.ts') as typeof import('./auditor.ts')).auditor
  },
}

/** Before and after the load, by one virtual user. */
const inquiry = () => require('./late/preflight.ts') as typeof import('./late/preflight.ts')
export const preflight: Actors['preflight'] = (world: World) => inquiry().preflight(world)
export const leftovers: Actors['leftovers'] = (world: World) => inquiry().leftovers(world)
