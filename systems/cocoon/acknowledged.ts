// Results that the pool said it has, looked for again when what was broken is whole.
import type { World } from '../../lib/actor.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { poolOf } from './membership.ts'
import type { Assignment } from './pool.ts'

/** Most that one worker remembers: those of the time around each fault, the oldest going first. */
const mostRemembered = 60
const disturbedKinds: PhaseKind[] = ['fault', 'degraded']

const remembered: { key: string; kind: PhaseKind }[] = []

/** Remembers a result that was acknowledged while something was broken. */
export function acknowledge(world: World, { prompt }: Assignment): void {
  if (prompt === undefined) return
  const { kind } = world.phase()
  if (!disturbedKinds.includes(kind)) return
  remembered.push({ key: prompt, kind })
  if (remembered.length > mostRemembered) remembered.shift()
}

/** Looks for all of them. A look that fails says nothing about the result. */
export function findAcknowledged(world: World): void {
  for (const { key, kind } of remembered.splice(0)) {
    const { value, correlationId } = world.send('status', poolOf(world).status(key))
    if (value === null) continue
    const lost = value === 'unknown' ? 'the pool does not know the task' : 'the task is not completed'
    const isThere = value !== 'unknown' && value.completedAt !== undefined
    world.observe('acknowledged-result', kind, isThere ? null : lost, { correlationId })
  }
}
