// Who uses a claim-verification service. An actor never asks which scenario it is in: the plan says when to come and how often.
import type { Actors } from '../../lib/drive/actor.ts'
import type { World } from './names.ts'

/** Each is evaluated when it is asked for, in a closure of its own, so that a virtual user makes only the functions of its own. */
export const actors: Actors['actors'] = {
  get caller() {
    return (require('./caller.ts') as typeof import('./caller.ts')).caller
  },
  get regular() {
    return (require('./caller.ts') as typeof import('./caller.ts')).regular
  },
  get auditor() {
    return (require('./auditor.ts') as typeof import('./auditor.ts')).auditor
  },
}

/** Before and after the load, by one virtual user. */
const inquiry = () => require('./late/preflight.ts') as typeof import('./late/preflight.ts')
export const preflight: Actors['preflight'] = (world: World) => inquiry().preflight(world)
export const leftovers: Actors['leftovers'] = (world: World) => inquiry().leftovers(world)
