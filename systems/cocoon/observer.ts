// Watches the pool's own figures once a second: its workers, its queue, and the queue's way back to normal.
import { WayBack } from '../../lib/drive/way-back.ts'
import { levelAt } from '../../lib/plan/plan-time.ts'
import { over, poolOf } from './membership.ts'
import { tellLooked } from './watch.ts'
import type { PoolView } from './pool.ts'
import type { World } from './names.ts'

/** Workers that came or were told to go so lately may be counted or not. */
const inFlightSeconds = 30

export function observer(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  const wayBack = new WayBack(world, 'queue-length', 'the queue is not back to normal')
  let normal = 0
  while (!over(world)) {
    const now = world.now()
    const answer = world.send('stats', pool.stats())
    const view = answer.value
    if (view !== null) {
      report(world, view)
      tellLooked(world, answer, view)
      if (world.phase().kind === 'normal') normal = Math.max(normal, view.waiting)
    }
    // A pool that does not answer is not calm.
    wayBack.see(now, view !== null && view.waiting <= normal)
    if (now >= world.data.driveSeconds && wayBack.isOver) break
    world.sleep(Math.max(0, 1 - (world.now() - now)))
  }
  wayBack.tell(world.now())
}

/** The figures as points over time, and what rules say about the number of workers. */
function report(world: World, { waiting, workersAlive, completed }: PoolView): void {
  const t = Date.now()
  world.point('queue-length', waiting, t)
  world.point('workers-alive', workersAlive, t)
  if (completed !== undefined) world.point('completed', completed, t)
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
    const planned = levelAt(levels, Math.min(now - ago, driveSeconds - 1e-3))
    least = Math.min(least, Math.floor(planned))
    most = Math.max(most, Math.ceil(planned))
  }
  return { least, most }
}
