// What a load brings: how many observations of each name it leads to, by phase kind.
import type { PhaseKind } from '../verdict/criterion.ts'
import { arrivalsOf } from './plan-time.ts'
import type { Level, PlannedPhase, Resident, Segment } from './plan.ts'
import type { ActorLoad } from './system.ts'

/** A plan as far as its yields depend on it. */
export interface Load {
  actors: ActorLoad[]
  phases: PlannedPhase[]
  levels: Level[]
  segments: Segment[]
  residents: Resident[]
}

const during = (phase: PlannedPhase, level: Level): boolean =>
  level.start >= phase.start && level.end <= phase.end

/** Workers that come in these phases, and the seconds that workers spend in them. */
function presenceIn({ levels }: Load, phases: PlannedPhase[]): { joins: number; seconds: number } {
  let [joins, seconds, count] = [0, 0, 0]
  for (const level of levels) {
    if (phases.some((phase) => during(phase, level))) {
      joins += Math.max(0, level.from - count) + Math.max(0, level.to - level.from)
      seconds += ((level.from + level.to) / 2) * (level.end - level.start)
    }
    count = level.to
  }
  return { joins, seconds }
}

/** Mean workers of a phase. */
export function workersIn(levels: Level[], phase: PlannedPhase): number {
  const seconds = levels
    .filter((level) => during(phase, level))
    .reduce((sum, { start, end, from, to }) => sum + ((from + to) / 2) * (end - start), 0)
  return seconds / (phase.end - phase.start)
}

function loadYields(load: Load, actor: ActorLoad, names: string[], phases: PlannedPhase[]): number {
  const of = (yields: Record<string, number> | undefined): number =>
    names.reduce((sum, name) => sum + (yields?.[name] ?? 0), 0)
  if ('arrivals' in actor) {
    const own = load.segments.filter(
      (segment) => segment.actor === actor.actor && phases.some(({ name }) => name === segment.phase),
    )
    return of(actor.yields) * own.reduce((sum, segment) => sum + arrivalsOf(segment), 0)
  }
  if (!('resident' in actor)) return 0
  if (actor.resident === 'planned') {
    const { joins, seconds } = presenceIn(load, phases)
    return of(actor.yieldsPerJoin) * joins + of(actor.yieldsPerSecond) * seconds
  }
  const seconds = phases.reduce((sum, { start, end }) => sum + end - start, 0)
  const each = phases.length > 0 ? of(actor.yieldsEach) : 0
  return actor.resident * (each + of(actor.yieldsPerSecond) * seconds)
}

/** Observations of these names that the load leads to in phases that the filter takes. */
export function yieldsIn(load: Load, names: string[], takes: (phase: PlannedPhase) => boolean): number {
  const phases = load.phases.filter(takes)
  return load.actors.reduce((sum, actor) => sum + loadYields(load, actor, names, phases), 0)
}

/** As yieldsIn, by phase kind. */
export const yieldsOfKinds = (load: Load, names: string[], kinds: readonly PhaseKind[]): number =>
  yieldsIn(load, names, ({ kind }) => kinds.includes(kind))
