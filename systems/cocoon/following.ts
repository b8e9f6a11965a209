// How residents follow up what arrivals began: each looks after those whose index falls to it, until nothing is left.
import type { RunData } from '../../lib/drive/actor.ts'
import type { PlannedPhase } from '../../lib/plan/plan.ts'
import { arrivalTime, arrivalsOf } from '../../lib/plan/plan-time.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import type { PoolPhase, World } from './names.ts'

/** One stretch of arrivals as a follower goes through it. */
export interface Stretch {
  place: string
  segment: RunData['segments'][string]
  /** The phase that it belongs to. */
  phase: PlannedPhase<PoolPhase>
  /** How many arrivals it has. */
  arrivals: number
  /** The next index to follow, and when it is due (seconds after T0); Infinity when none is left. */
  next: number
  dueAt: number
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
      const stretch = {
        place,
        segment,
        phase,
        arrivals: arrivalsOf(segment),
        dueAt: 0,
        next: 0,
        furthest: -1,
      }
      goTo(stretch, world.index)
      return stretch
    })

function goTo(stretch: Stretch, index: number): void {
  const { segment, arrivals } = stretch
  stretch.next = index
  stretch.dueAt = index < arrivals ? segment.start + arrivalTime(segment, index) : Infinity
}

/** Follows arrivals from when they are due to their end. Returns those that were still open when time was over. */
export function follow<Item extends Followed>(world: World, following: Following<Item>): Item[] {
  const stretches = stretchesOf(world, following.follows)
  const { driveSeconds, settleSeconds } = world.data
  const overAt = driveSeconds + settleSeconds
  const followers = world.data.residents[following.actor] ?? 1
  const open: Item[] = []
  // Plain loops and indices: a follower passes here as often as it looks.
  for (;;) {
    // First, so that what came due during the last look is not left behind at the end.
    const now = world.now()
    for (let place = 0; place < stretches.length; place++) {
      const stretch = stretches[place]!
      if (stretch.dueAt <= now) takeUp(stretch, now, followers, following, open)
    }
    const since = now - driveSeconds
    if (now >= overAt || (since > 0 && (open.length === 0 || following.mayEnd(open, since)))) return open
    let looked = false
    let nextAt = Infinity
    for (let place = 0; place < open.length;) {
      const item = open[place]!
      const { lookAt } = item
      if (lookAt > now) {
        if (lookAt < nextAt) nextAt = lookAt
        place++
        continue
      }
      // Whoever answers slowly would keep it looking longer than k6 lets it.
      if (looked && world.now() >= overAt) return open
      looked = true
      if (following.look(item)) open.splice(place, 1)
      else place++
    }
    if (looked) continue
    const idleUntil = Math.min(nextAt, nextTakeUp(stretches, now, driveSeconds))
    if (idleUntil > now) world.sleep(idleUntil - now)
  }
}

/** At most so long until arrivals that have become due are taken up: sooner than the first look at any of them. */
const takeUpSeconds = 0.2

/**
 * When somebody is to be taken up, in seconds after T0. A follower that woke more often would cost more than its looks. It
 * does not sleep beyond the load, because from then on it may end at any time.
 */
function nextTakeUp(stretches: Stretch[], now: number, driveSeconds: number): number {
  let dueAt = driveSeconds
  for (let place = 0; place < stretches.length; place++)
    if (stretches[place]!.dueAt < dueAt) dueAt = stretches[place]!.dueAt
  return Math.max(now + takeUpSeconds, dueAt)
}

/** Takes up the arrivals that have become due. */
function takeUp<Item extends Followed>(
  stretch: Stretch,
  now: number,
  followers: number,
  { begin }: Following<Item>,
  open: Item[],
): void {
  const { segment } = stretch
  while (stretch.dueAt <= now) {
    const { next: index, dueAt } = stretch
    open.push(begin({ stretch, index, kind: segment.kind, dueAt, lookAt: dueAt }))
    goTo(stretch, index + followers)
  }
}
