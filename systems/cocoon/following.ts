// How residents follow up what arrivals began: each looks after those whose index falls to it, until nothing is left.
import type { RunData } from '../../lib/drive/actor.ts'
import type { PlannedPhase } from '../../lib/plan/plan.ts'
import { arrivalTime, arrivalsBy } from '../../lib/plan/plan-time.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { over } from './membership.ts'
import type { PoolPhase, World } from './names.ts'

/** One stretch of arrivals as a follower goes through it. */
export interface Stretch {
  place: string
  segment: RunData['segments'][string]
  /** The phase that it belongs to. */
  phase: PlannedPhase<PoolPhase>
  /** The next index to follow. */
  next: number
  /** The last one that the target was seen to know. */
  furthest: number
}

/** An arrival that a follower looks after. Times are seconds after T0. */
export interface Followed {
  stretch: Stretch
  index: number
  kind: PhaseKind
  dueAt: number
  /** When to look next. */
  lookAt: number
}

export interface Following<Item extends Followed> {
  /** The actor that follows: its residents share the arrivals. */
  actor: string
  follows: (segment: Stretch['segment']) => boolean
  begin: (due: Followed) => Item
  /** One look. True when no further one is needed. */
  look: (item: Item) => boolean
  /** Asked so many seconds after the load, which of the open ones nobody has to wait for. */
  mayEnd: (open: Item[], since: number) => boolean
}

/** The arrivals of a run that are followed, stretch by stretch. */
const stretchesOf = (world: World, follows: (segment: Stretch['segment']) => boolean): Stretch[] =>
  Object.entries(world.data.segments)
    .filter(([, segment]) => follows(segment))
    .map(([place, segment]) => {
      const phase = world.data.phases.find(({ name }) => name === segment.phase) ?? world.data.rest
      return { place, segment, phase, next: world.index, furthest: -1 }
    })

/** Follows arrivals from when they are due to their end. Returns those that were still open when time was over. */
export function follow<Item extends Followed>(world: World, following: Following<Item>): Item[] {
  const stretches = stretchesOf(world, following.follows)
  const open: Item[] = []
  for (;;) {
    // First, so that what came due during the last look is not left behind at the end.
    for (const stretch of stretches) takeUp(world, stretch, following, open)
    const since = world.now() - world.data.driveSeconds
    if (over(world) || (since > 0 && (open.length === 0 || following.mayEnd(open, since)))) return open
    const now = world.now()
    const ready = open.filter(({ lookAt }) => lookAt <= now)
    for (const item of ready) {
      // Whoever answers slowly would keep it looking longer than k6 lets it.
      if (over(world)) return open
      if (following.look(item)) open.splice(open.indexOf(item), 1)
    }
    if (ready.length === 0) world.sleep(untilNextLook(open, now))
  }
}

/** At most so long until arrivals that have become due are taken up: sooner than the first look at any of them. */
const takeUpSeconds = 0.2

/** How long there is nothing to look at, in seconds. A follower that woke more often would cost more than its looks. */
function untilNextLook(open: Followed[], now: number): number {
  let nextAt = now + takeUpSeconds
  for (const { lookAt } of open) nextAt = Math.min(nextAt, lookAt)
  return Math.max(0, nextAt - now)
}

/** Takes up the arrivals that have become due. */
function takeUp<Item extends Followed>(
  world: World,
  stretch: Stretch,
  { actor, begin }: Following<Item>,
  open: Item[],
): void {
  const { segment } = stretch
  const elapsed = world.now() - segment.start
  if (elapsed <= 0) return
  const followers = world.data.residents[actor] ?? 1
  const due = arrivalsBy(segment, Math.min(segment.seconds, elapsed)) - 1e-6
  for (; stretch.next < due; stretch.next += followers) {
    const dueAt = segment.start + arrivalTime(segment, stretch.next)
    open.push(begin({ stretch, index: stretch.next, kind: segment.kind, dueAt, lookAt: dueAt }))
  }
}
