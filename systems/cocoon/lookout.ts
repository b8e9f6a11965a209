// Asks all the time whether the pool answers, and says how long it did not.
import { over, poolOf } from './membership.ts'
import type { World } from './names.ts'

const everySeconds = 0.2
/** So many good answers in a row, through the address that everybody uses, say that it is back. */
const goodInRow = 10

/** A time in which it did not answer. Seconds after T0. */
interface Outage {
  since: number
  good: number
  /** When the last good answers began; null while there is none. */
  backAt: number | null
}

export function lookout(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  const limitSeconds = world.limitMs('gateway-recovery', 'recovery') / 1000
  let worst: Outage | null = null
  let outage: Outage | null = null
  while (!over(world) && (world.now() < world.data.driveSeconds || outage !== null)) {
    const sentAt = world.now()
    const { outcome } = world.send('stats', pool.stats())
    if (outcome !== 'ok') {
      outage ??= { since: sentAt, good: 0, backAt: null }
      outage.good = 0
      outage.backAt = null
    } else if (outage !== null) {
      outage.backAt ??= world.now()
      outage.good++
    }
    if (outage !== null && (outage.good >= goodInRow || lasted(world, outage) >= limitSeconds)) {
      if (worst === null || lasted(world, outage) > lasted(world, worst)) worst = outage
      if (lasted(world, outage) >= limitSeconds) break
      outage = null
    }
    world.sleep(Math.max(0, everySeconds - (world.now() - sentAt)))
  }
  tell(world, outage ?? worst)
}

const lasted = (world: World, { since, backAt }: Outage): number => (backAt ?? world.now()) - since

/** The longest time, or the one that is not over. Where it always answered there was nothing to come back from. */
function tell(world: World, outage: Outage | null): void {
  if (outage === null) return
  const { since, backAt } = outage
  const ms = lasted(world, outage) * 1000
  world.observe('gateway-recovery', 'recovery', backAt === null ? 'it does not answer' : null, { ms })
  world.measure('gateway-recovery', 'recovery', ms)
  world.backToNormal('gateway-recovery', {
    from: world.at(since),
    at: backAt === null ? null : world.at(backAt),
    watchedUntil: world.at(world.now()),
  })
}
