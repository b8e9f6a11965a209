// Workers that crash on purpose: gone in the middle of a task without a word, they come back, die at registration, come
// back again, and see what became of the task that they left.
import type { PlannedFault } from '../../lib/plan/plan.ts'
import { over, poolOf, workerOf } from './membership.ts'
import type { World } from './names.ts'

const vanishDriver = 'vanish'

const lookEverySeconds = 0.5
/** The longest that a worker works on a task, by the mean of its phase, with some time for the way. */
const longestWork = 2

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

/**
 * Leaves the task of this key as a crash would, and watches it until it is done. That somebody else has it is the pool's word, and
 * its end shows when that was at the latest: nobody works on a task for longer than the plan says.
 */
export function vanish(world: World, fault: PlannedFault, key: string, join: number): void {
  const pool = poolOf(world)
  const [since, crashedAt] = [world.now(), Date.now()]
  // Back at once, it dies again as soon as it is registered.
  const name = `${world.data.run}-w-${world.index}.${join}-died`
  world.send('register', pool.register(workerOf(world, name)))
  const limitMs = world.limitMs('worker-recovery', 'fault')
  const workMs = longestWork * 1000 * world.phase().added.workSeconds
  let held = false
  /** When the pool first said that somebody else has it. */
  let elsewhereMs: number | null = null
  let waitedMs = 0
  for (; waitedMs < limitMs + workMs && !over(world); waitedMs = (world.now() - since) * 1000) {
    const view = world.send('status', pool.status(key)).value
    if (view !== null && view !== 'unknown') {
      if (view.completedAt !== undefined)
        return recovered(world, fault, Math.max(elsewhereMs ?? 0, waitedMs - workMs), crashedAt)
      if ((view.attempts ?? 0) > 1) elsewhereMs ??= waitedMs
      // The pool itself says that it still counts on whoever is gone.
      if (elsewhereMs === null && !held) {
        held = true
        world.faultBegun(fault.id, crashedAt)
      }
    }
    world.sleep(lookEverySeconds)
  }
  // Where the run was over before the limit was, nobody knows how it would have ended.
  if (waitedMs >= limitMs + workMs) {
    const words = `its task was done by no other worker after ${Math.round(waitedMs / 1000)} s`
    world.observe('worker-recovery', 'fault', words, { ms: waitedMs, sentAt: crashedAt })
  }
  world.faultOver(fault.id, null)
}

function recovered(world: World, { id }: PlannedFault, ms: number, sentAt: number): void {
  world.observe('worker-recovery', 'fault', null, { ms, sentAt })
  world.measure('worker-recovery', 'fault', ms)
  world.faultOver(id, ms / 1000)
}
