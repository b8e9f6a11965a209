// Results that the pool said it has, looked for again when what was broken is whole.
import { faultKind } from '../../lib/drive/fault-series.ts'
import { keyIn } from './client.ts'
import { poolOf } from './membership.ts'
import type { Assignment, Membership, TaskView } from './pool.ts'
import type { World } from './names.ts'

/** What was acknowledged so shortly before a fault may be in nobody's memory but that of what is broken then. */
const endangeredSeconds = 2
/** Most that one worker remembers, the oldest going first: more than anybody does in a minute with a fault. */
const mostRemembered = 400

const remembered: { key: string; workerId: string }[] = []

/** Remembers a result that was acknowledged while something was broken, or just before. */
export function acknowledge(world: World, { workerId }: Membership, assignment: Assignment): void {
  const key = keyIn(world, assignment)
  if (key === null) return
  const now = world.now()
  const isEndangered = world.data.faults.some(
    ({ start, seconds }) => start - endangeredSeconds <= now && now <= start + seconds,
  )
  if (!isEndangered) return
  remembered.push({ key, workerId })
  if (remembered.length > mostRemembered) remembered.shift()
}

/** Looks for all of them. A look that fails says nothing about the result. */
export function findAcknowledged(world: World): void {
  for (const { key, workerId } of remembered.splice(0)) {
    const { value, correlationId } = world.send('status', poolOf(world).status(key))
    if (value === null) continue
    world.observe('acknowledged-result', faultKind, lossOf(value, workerId), { correlationId })
  }
}

/** A pool that lost a result has the work done again, which hides the loss from whoever asks later. */
function lossOf(found: TaskView | 'unknown', workerId: string): string | null {
  if (found === 'unknown') return 'the pool does not know the task'
  if (found.completedAt === undefined) return 'the task is not completed'
  const isAnothers = found.completedBy !== undefined && found.completedBy !== workerId
  return isAnothers ? 'another worker had to do the task again' : null
}
