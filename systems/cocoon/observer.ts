// Watches the pool's own figures once a second: its workers, its queue, and the queue's way back to normal.
import type { World } from '../../lib/actor.ts'
import type { PlannedPhase } from '../../lib/plan.ts'
import { workersAt } from '../../lib/plan-time.ts'
import { over, poolOf } from './membership.ts'
import type { PoolView } from './pool.ts'

/** Seconds with a normal queue, one after the other, that end a wait for it. */
const calmSeconds = 2
/** Workers that came or were told to go so lately may be counted or not. */
const inFlightSeconds = 30
const disturbances = ['burst', 'peak', 'overload', 'fault']

/** The last disturbance that a recovery follows. */
function disturbance(phases: PlannedPhase[]): PlannedPhase | undefined {
  return phases.findLast(
    ({ kind }, index) => disturbances.includes(kind) && phases[index + 1]?.kind === 'recovery',
  )
}

export function observer(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  const disturbed = disturbance(world.data.phases)
  let normal = 0
  let calm = 0
  let back: number | null = null
  while (!over(world)) {
    const now = world.now()
    const view = world.send('stats', pool.stats()).value
    const watching = disturbed !== undefined && now >= disturbed.end
    if (view !== null) {
      report(world, view)
      if (world.phase().kind === 'normal') normal = Math.max(normal, view.waiting)
    }
    // Only what was seen after the disturbance counts, and a pool that does not answer is not calm.
    calm = watching && view !== null && view.waiting <= normal ? calm + 1 : 0
    if (watching && back === null && calm >= calmSeconds) back = now
    if (now >= world.data.driveSeconds && (back !== null || disturbed === undefined)) break
    world.sleep(Math.max(0, 1 - (world.now() - now)))
  }
  if (disturbed === undefined || world.now() < disturbed.end) return
  const ms = ((back ?? world.now()) - disturbed.end) * 1000
  world.observe('queue-length', 'recovery', back === null ? 'the queue is not back to normal' : null, { ms })
  world.tell({
    event: 'back',
    of: 'queue-length',
    from: world.at(disturbed.end),
    at: back === null ? null : world.at(back),
    watchedUntil: world.at(world.now()),
  })
}

/** The figures as points over time, and what rules say about the number of workers. */
function report(world: World, { waiting, workersAlive, completed }: PoolView): void {
  const t = Date.now()
  world.tell({ event: 'point', of: 'queue-length', t, value: waiting })
  world.tell({ event: 'point', of: 'workers-alive', t, value: workersAlive })
  if (completed !== undefined) world.tell({ event: 'point', of: 'completed', t, value: completed })
  const { kind } = world.phase()
  world.observe('workers-alive', kind, null, { value: workersAlive })
  const { least, most } = workersPlanned(world)
  const counted = workersAlive >= least && workersAlive <= most
  world.observe(
    'workers-counted',
    kind,
    counted ? null : `counted ${workersAlive}, planned ${least}..${most}`,
  )
}

/** The fewest and most workers that the plan had lately. */
function workersPlanned(world: World): { least: number; most: number } {
  const now = world.now()
  const { levels, driveSeconds } = world.data
  let [least, most] = [Infinity, 0]
  for (let ago = 0; ago <= Math.min(inFlightSeconds, now); ago++) {
    const planned = workersAt(levels, Math.min(now - ago, driveSeconds - 1e-3))
    least = Math.min(least, Math.floor(planned))
    most = Math.max(most, Math.ceil(planned))
  }
  return { least, most }
}
