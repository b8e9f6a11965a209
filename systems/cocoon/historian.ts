// Fills the pool with tasks of the past where the plan says so, and says what they take.
import { poolOf } from './membership.ts'
import type { World } from './names.ts'

export function historian(world: World): void {
  const pool = poolOf(world)
  if (pool.grow === undefined) return
  for (const phase of world.data.phases.filter(({ added }) => added.history > 0)) {
    world.sleep(Math.max(0, phase.start - world.now()))
    const grown = world.send('grow', pool.grow(phase.added.history)).value
    const late = world.now() > phase.end
    const problem = grown === null ? 'the pool did not grow' : late ? 'the pool grew too slowly' : null
    world.observe('history', phase.kind, problem)
    if (grown === null) continue
    const t = Date.now()
    world.point('history-tasks', grown.tasks, t)
    world.point('history-bytes', grown.bytes, t)
  }
}
