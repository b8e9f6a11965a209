// What the first virtual user does before and after the load. Evaluated by it alone.
import { afterLoad, beforeLoad } from '../../verdict/criterion.ts'
import type { Start } from '../start.ts'
import type { Actors, Preflight, RunData, World } from './actor.ts'
import type { whyUnanswered } from './record.ts'
import type { makeWorld } from './world.ts'

/**
 * What every virtual user has: a second copy of it would count in metrics of its own, and be made by all of them where it is one
 * of k6's modules.
 */
export interface Shared {
  sleep: (seconds: number) => void
  abort: (why: string) => void
  makeWorld: typeof makeWorld
  whyUnanswered: typeof whyUnanswered
}

/** Before any load: one request of each kind, by one process of the run; then the wait for the common start. */
export function prepare(begun: Start, actors: Actors, shared: Shared): RunData {
  const { data } = begun
  if (data.preflight) preflight(begun, actors, shared)
  if (data.startAt === null) return data
  const leftMs = data.startAt - Date.now()
  if (leftMs > 0) shared.sleep(leftMs / 1000)
  return { ...data, late: Math.max(0, -leftMs) }
}

/** Counts the checks that were made, and tells of those that the target did not pass. */
function countChecks({ countCheck }: Start, world: World, { checks = {} }: Preflight): void {
  for (const [name, check] of Object.entries(checks)) {
    if (check.is === 'not made') continue
    countCheck(name, check.is === 'violated')
    if (check.is === 'violated') world.observe(name, beforeLoad, check.how, check.request)
  }
}

/** For whoever runs plain k6. */
const preflightWords = ({ problems, checks = {} }: Preflight): string[] => [
  ...problems,
  ...Object.entries(checks).flatMap(([name, check]) =>
    check.is === 'not made' ? [`${name} was not checked: ${check.why}`] : [],
  ),
]

/** A target that cannot be reached, or does not understand what it is asked, ends the run here. */
function preflight(begun: Start, actors: Actors, { makeWorld, whyUnanswered, abort }: Shared): void {
  const { data, preflightResult } = begun
  const before = { ...data.rest, name: beforeLoad, kind: beforeLoad } as const
  const world = makeWorld({ ...data, rest: before, agreements: {} }, null, 0, beforeLoad)
  const found = preflightResult(actors.preflight(world as never))
  countChecks(begun, world, found)
  const cause = found.reached ? '' : whyUnanswered()
  world.tell({ event: 'preflight', ...found, ...(cause === '' ? {} : { cause }) })
  // The runner, which has the event, says them itself.
  if (!data.record) for (const line of preflightWords(found)) console.warn(`preflight: ${line}`)
  if (!found.reached) {
    const why = `no request got an answer${cause === '' ? '' : ` (${cause})`}`
    abort(`the target ${data.target.baseUrl} cannot be reached: ${why}`)
  }
  if (found.stopped !== undefined) abort(`no load is sent: ${found.stopped}`)
}

/** Another process of the run may still be about to leave. */
const leavingSeconds = 40

export function finish(data: RunData, actors: Actors, { makeWorld, sleep }: Shared): void {
  const after = { ...data.rest, name: afterLoad }
  const world = makeWorld({ ...data, rest: after, agreements: {} }, null, 0, afterLoad)
  let left = actors.leftovers(world as never)
  // Of a run that was ended early nobody is about to leave.
  const isWhole = data.startAt !== null && Date.now() >= data.startAt + data.driveSeconds * 1000
  const until = Date.now() + (isWhole ? leavingSeconds * 1000 : 0)
  while (left.length > 0 && Date.now() < until) {
    sleep(1)
    left = actors.leftovers(world as never)
  }
  world.tell({ event: 'leftovers', left })
  for (const line of left) console.warn(`leftovers: ${line}`)
}
