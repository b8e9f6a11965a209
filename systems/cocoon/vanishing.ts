// Workers that crash on purpose: gone in the middle of a task without a word, they come back, die at registration, come
// back again, and see what became of the task that they left.
import type { PlannedFault } from '../../lib/plan/plan.ts'
import { over, poolOf, workerOf } from './membership.ts'
import type { World } from './names.ts'

const vanishDriver = 'vanish'

const lookEverySeconds = 0.5

const done = new Set<string>()

/** The crash that is due for this worker, which has a task in its hands; null for none. Each comes once. */
export function crashOf(world: World): PlannedFault | null {
  const now = world.now()
  for (const fault of world.data.faults) {
    if (fault.driver !== vanishDriver || now < fault.start || now >= fault.start + fault.seconds) continue
    if (done.has(fault.id) || !isChosen(world, fault)) continue
    done.add(fault.id)
    return fault
  }
  return null
}

/** One in so many, evenly by index, the seed saying which. */
function isChosen(world: World, { id, settings }: PlannedFault): boolean {
  const oneIn = Number(settings['oneIn'])
  return world.index % oneIn === Math.floor(world.random(`vanish/${id}`) * oneIn)
}

/** Leaves the task of this key as a crash would, and watches it until somebody else has it. */
export function vanish(world: World, fault: PlannedFault, key: string, join: number): void {
  const pool = poolOf(world)
  const [since, crashedAt] = [world.now(), Date.now()]
  // Back at once, it dies again as soon as it is registered.
  const name = `${world.data.run}-w-${world.index}.${join}-died`
  world.send('register', pool.register(workerOf(world, name)))
  const limitMs = world.limitMs('worker-recovery', 'fault')
  let held = false
  let waitedMs = 0
  for (; waitedMs < limitMs && !over(world); waitedMs = (world.now() - since) * 1000) {
    const view = world.send('status', pool.status(key)).value
    if (view !== null && view !== 'unknown') {
      // A task that the pool gives up because its worker is gone has ended, too.
      const isElsewhere = view.completedAt !== undefined || (view.attempts ?? 0) > 1
      // The pool itself says that it still counts on whoever is gone.
      if (!isElsewhere && !held) {
        held = true
        world.faultBegun(fault.id, crashedAt)
      }
      if (isElsewhere) return recovered(world, fault, waitedMs / 1000, crashedAt)
    }
    world.sleep(lookEverySeconds)
  }
  // Where the run was over before the limit was, nobody knows how it would have ended.
  if (waitedMs >= limitMs) {
    const words = `its task had no other worker after ${Math.round(waitedMs / 1000)} s`
    world.observe('worker-recovery', 'fault', words, { ms: waitedMs, sentAt: crashedAt })
  }
  world.faultOver(fault.id, null)
}

function recovered(world: World, { id }: PlannedFault, seconds: number, sentAt: number): void {
  world.observe('worker-recovery', 'fault', null, { ms: seconds * 1000, sentAt })
  world.measure('worker-recovery', 'fault', seconds * 1000)
  world.faultOver(id, seconds)
}
