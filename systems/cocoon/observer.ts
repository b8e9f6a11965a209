// Watches the pool's own figures once a second: its workers, its queue, and the queue's way back to normal.
import { waitsAfter } from '../../lib/plan/fault-waits.ts'
import type { Wait } from '../../lib/plan/fault-waits.ts'
import { levelAt } from '../../lib/plan/plan-time.ts'
import { over, poolOf } from './membership.ts'
import { tellLooked } from './watch.ts'
import type { PoolView } from './pool.ts'
import type { World } from './names.ts'

/** Seconds with a normal queue, one after the other, that end a wait for it. */
const calmSeconds = 2
/** Workers that came or were told to go so lately may be counted or not. */
const inFlightSeconds = 30
const disturbances = ['burst', 'peak', 'overload', 'fault']

/** Seconds after T0. */
interface QueueWait extends Wait {
  /** Looks in a row that found it normal. */
  calm: number
  back: number | null
}

/** What is waited for: a normal queue after each stretch of faults, else after the last disturbance that a recovery follows. */
function waitsOf({ faults, phases }: World['data']): QueueWait[] {
  const disturbed =
    faults.length > 0
      ? faults.map(({ start, seconds }) => ({ start, end: start + seconds }))
      : phases
          .filter(({ kind }, index) => disturbances.includes(kind) && phases[index + 1]?.kind === 'recovery')
          .slice(-1)
  return waitsAfter(disturbed).map((wait) => ({ ...wait, calm: 0, back: null }))
}

export function observer(world: World): void {
  const pool = poolOf(world)
  if (pool.stats === undefined) return
  const waits = waitsOf(world.data)
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
    const wait = waits.find(({ from, until }) => from <= now && now < until)
    // Only what was seen after the disturbance counts, and a pool that does not answer is not calm.
    if (wait !== undefined) {
      wait.calm = view !== null && view.waiting <= normal ? wait.calm + 1 : 0
      if (wait.calm >= calmSeconds) wait.back ??= now
    }
    if (now >= world.data.driveSeconds && waits.at(-1)?.back !== null) break
    world.sleep(Math.max(0, 1 - (world.now() - now)))
  }
  const ended = world.now()
  for (const wait of waits) if (wait.from <= ended) tell(world, wait, ended)
}

function tell(world: World, { from, until, back }: QueueWait, ended: number): void {
  const watchedUntil = Math.min(until, ended)
  world.backToNormal('queue-length', {
    from: world.at(from),
    at: back === null ? null : world.at(back),
    watchedUntil: world.at(watchedUntil),
  })
  // Of one that the next fault cut short nobody knows how it would have ended.
  if (back === null && watchedUntil < ended) return
  const ms = ((back ?? watchedUntil) - from) * 1000
  world.observe('queue-length', 'recovery', back === null ? 'the queue is not back to normal' : null, { ms })
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
