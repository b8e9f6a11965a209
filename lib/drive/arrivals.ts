// How arrivals come: one after the other in a virtual user, each as late as k6 started it.
import type { RunData } from './actor.ts'
import { arrivalPeriodMs, arrivalTime, arrivalsBy, arrivalsOf } from '../plan/plan-time.ts'
import { fineMs } from './fine-clock.ts'

type Stretch = RunData['segments'][string]

/** By how many ms an arrival may seem to come before it is due, because it is not known exactly when k6 began the scenario. */
const earlyMs = 0.02

/** When the latest arrival of a ramp by a time was due, in ms. */
function latestOf(ramp: Stretch, elapsedMs: number): number {
  const by = Math.min((elapsedMs + earlyMs) / 1000, ramp.seconds)
  const due = Math.floor(arrivalsBy(ramp, by) + 1e-6)
  return 1000 * arrivalTime(ramp, Math.max(0, due - 1))
}

/** What changes from one arrival to the next. */
interface Arriving {
  index: number
  name: string
  requests: number
  lagMs: number
}

/**
 * Lags up to this, in ms, are no part of a request's time: k6 starts an arrival at once or drops it, so they are the generator's own,
 * and more than a fine limit has to spare. They are what k6 takes to wake up beside a service on two cores: half a millisecond at the
 * median, 3 or 4 at P99. Longer ones count as a whole: whoever is that late has cores too few.
 */
const ownMs = 5

/**
 * What lets an arrival of a stretch come, by its index. All of a virtual user share a world, because another one for each would
 * cost as much as half a request.
 *
 * At an even rate the arrival that is due as the n-th has the index n, less those that k6 dropped before it, of which nobody tells
 * it. None was dropped while this virtual user was free, because k6 would have given it the arrival. So no more were dropped
 * than were due when its last arrival was over and had not been started when that one was; and the lag is what the others leave.
 * It is never too long, and too short by no more than the last arrival of the virtual user took. Of a ramp k6 does not say when
 * it begins to count, so an arrival of it belongs to the latest due time.
 * @param beganMs when k6 began the stretch, by fineMs()
 * @param shards how many processes share the arrivals: each gets every so-many-th
 */
export function arrivalsIn<World extends Arriving>(
  segment: Stretch,
  world: World,
  { prefix, beganMs, shards }: { prefix: string; beganMs: number; shards: number },
  actor: (world: World) => void,
): (index: number) => void {
  const arrivals = arrivalsOf(segment)
  const isEven = segment.from === segment.to
  const periodMs = arrivalPeriodMs(segment.from)
  let droppedMost = Infinity
  const dueMs = (index: number, elapsedMs: number): number => {
    const behind = (elapsedMs + earlyMs) / periodMs - index
    if (behind < shards) return index * periodMs
    const dropped = behind < droppedMost ? behind : droppedMost
    return (index + shards * Math.floor(dropped / shards)) * periodMs
  }
  return (index) => {
    // Now and then k6 starts one more arrival at the very end of a stretch; nobody would follow it up.
    if (index >= arrivals) return
    world.index = index
    world.name = prefix + index
    world.requests = 0
    const elapsedMs = fineMs() - beganMs
    const lagMs = elapsedMs - (isEven ? dueMs(index, elapsedMs) : latestOf(segment, elapsedMs))
    world.lagMs = lagMs > ownMs ? lagMs : 0
    droppedMost = Infinity
    actor(world)
    if (isEven) droppedMost = Math.floor((fineMs() - beganMs) / periodMs) - index
  }
}
