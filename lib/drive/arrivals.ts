// How arrivals come: one after the other in a virtual user, each as late as k6 started it.
import type { RunData } from './actor.ts'
import { arrivalTime, arrivalsBy, arrivalsOf } from '../plan/plan-time.ts'

type Stretch = RunData['segments'][string]

/** When the latest arrival of a ramp by a time was due. */
function latestOf(ramp: Stretch, elapsed: number): number {
  const due = Math.floor(arrivalsBy(ramp, elapsed) + 1e-6)
  return arrivalTime(ramp, Math.max(0, due - 1))
}

/** What changes from one arrival to the next. */
interface Arriving {
  index: number
  name: string
  requests: number
  lagMs: number
}

/**
 * What lets an arrival of a stretch come, by its index. All of a virtual user share a world, because another one for each would
 * cost as much as half a request.
 */
export function arrivalsIn<World extends Arriving>(
  segment: Stretch,
  world: World,
  prefix: string,
  startTime: number,
  actor: (world: World) => void,
): (index: number) => void {
  const arrivals = arrivalsOf(segment)
  const { from, to, seconds } = segment
  return (index) => {
    // Now and then k6 starts one more arrival at the very end of a stretch; nobody would follow it up.
    if (index >= arrivals) return
    world.index = index
    world.name = prefix + index
    world.requests = 0
    // k6 starts an arrival at once or drops it, so it belongs to the latest due time. Both clocks are cut to whole milliseconds,
    // so it may seem to come before it is due.
    const elapsed = (Date.now() - startTime) / 1000
    const by = Math.min(elapsed + 0.001, seconds)
    const dueAt = from === to ? Math.floor(from * by + 1e-6) / from : latestOf(segment, by)
    world.lagMs = elapsed > dueAt ? (elapsed - dueAt) * 1000 : 0
    actor(world)
  }
}
