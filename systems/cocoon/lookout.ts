// Asks all the time whether the pool answers, and says how long it did not.
import type { World } from '../../lib/actor.ts'
import { over, poolOf } from './membership.ts'

const everySeconds = 0.2
/** So many good answers in a row, through the address that everybody uses, say that it is back. */
const goodInRow = 10
/** It may be away for this long. */
const limitSeconds = 300

/** A time in which it did not answer. Seconds after T0. */
interface Outage {
  since: number
  good: number
  /** When the good answers began. */
  backAt: number
  told: boolean
}

export function lookout(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  let outage: Outage | null = null
  while (!over(world) && (world.now() < world.data.driveSeconds || outage !== null)) {
    const sentAt = world.now()
    const { outcome } = world.send('stats', pool.stats())
    if (outcome !== 'ok') {
      outage ??= { since: sentAt, good: 0, backAt: 0, told: false }
      outage.good = 0
    } else if (outage !== null) {
      if (outage.good++ === 0) outage.backAt = world.now()
    }
    if (outage !== null && isSettled(world, outage)) outage = null
    world.sleep(Math.max(0, everySeconds - (world.now() - sentAt)))
  }
}

/** Tells what is known of an outage; true when it is over. */
function isSettled(world: World, outage: Outage): boolean {
  const { since, good, backAt } = outage
  const isBack = good >= goodInRow
  const seconds = (isBack ? backAt : world.now()) - since
  if (!outage.told && (isBack || seconds > limitSeconds)) {
    const bad = seconds > limitSeconds ? `did not answer for ${Math.round(seconds)} s` : null
    world.observe('gateway-recovery', 'fault', bad, { ms: seconds * 1000, sentAt: world.at(since) })
    world.measure('gateway-recovery', 'fault', seconds * 1000)
    outage.told = true
  }
  return isBack
}
