// Arrivals that leave nothing behind: workers that come and go, and visitors of the dashboard.
import { silentRepeat } from '../../lib/drive/statuses.ts'
import { poolOf, workerOf } from './membership.ts'
import type { World } from './names.ts'

/** Joins and leaves at once: the churn of a pool. */
export function churn(world: World): void {
  const pool = poolOf(world)
  const member = world.send('register', pool.register(workerOf(world, world.name))).value
  if (member === null) return
  world.send('heartbeat', pool.heartbeat(member))
  world.send('leave', pool.leave(member))
}

/** Opens the dashboard: the page and its data, judged together as one load. */
export function visitor(world: World): void {
  const { kind } = world.phase()
  const answers = poolOf(world)
    .dashboard()
    .map((exchange) => world.send('dashboard', exchange))
  const ms = answers.reduce((sum, answer) => sum + answer.ms, 0)
  const failed = answers.find(({ outcome }) => outcome !== 'ok')
  const why = failed?.isRepeated === true ? silentRepeat : `answered ${failed?.status}`
  world.observe('dashboard-load', kind, failed === undefined ? null : why, { ms })
  world.measure('dashboard-load', kind, ms)
}
