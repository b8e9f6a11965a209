// What a load brings: how many observations of each name it leads to, by phase kind.
import type { PhaseKind } from '../../verdict/criterion.ts'
import { arrivalsOf, isDuring } from './plan-time.ts'
import type { Level, PlannedPhase, Resident, Segment } from './plan.ts'
import type { Load } from './system.ts'
import type { Vocabulary, Yields } from './vocabulary.ts'

/** A plan as far as its yields depend on it. */
export interface PlannedLoad {
  actors: Load[]
  phases: PlannedPhase[]
  levels: Level[]
  segments: Segment[]
  residents: Resident[]
}

/** Residents that come in these phases as the level rises, and the seconds that all of them spend there. */
function presenceIn({ levels }: PlannedLoad, phases: PlannedPhase[]): { joins: number; seconds: number } {
  let [joins, seconds, count] = [0, 0, 0]
  for (const level of levels) {
    if (phases.some((phase) => isDuring(phase, level))) {
      joins += Math.max(0, level.from - count) + Math.max(0, level.to - level.from)
      seconds += ((level.from + level.to) / 2) * (level.end - level.start)
    }
    count = level.to
  }
  return { joins, seconds }
}

/** The level of a phase, as its mean over time. */
export function meanLevel(levels: Level[], phase: PlannedPhase): number {
  const seconds = levels
    .filter((level) => isDuring(phase, level))
    .reduce((sum, { start, end, from, to }) => sum + ((from + to) / 2) * (end - start), 0)
  return seconds / (phase.end - phase.start)
}

function loadYields(load: PlannedLoad, actor: Load, names: string[], phases: PlannedPhase[]): number {
  const of = (yields: Yields<Vocabulary> | undefined): number =>
    names.reduce((sum, name) => sum + (yields?.[name] ?? 0), 0)
  if ('arrivals' in actor) {
    const own = load.segments.filter(
      (segment) => segment.actor === actor.actor && phases.some(({ name }) => name === segment.phase),
    )
    return of(actor.yields) * own.reduce((sum, segment) => sum + arrivalsOf(segment), 0)
  }
  if ('job' in actor) {
    // A job tells kinds apart, not phases: of some phases of a kind it cannot say anything.
    const kinds = [...new Set(phases.map(({ kind }) => kind))]
    const whole = kinds.filter((kind) =>
      load.phases.every((phase) => phase.kind !== kind || phases.includes(phase)),
    )
    return whole.reduce((sum, kind) => sum + of(actor.yields[kind]), 0)
  }
  if (!('residents' in actor)) return 0
  if (actor.residents === 'level') {
    const { joins, seconds } = presenceIn(load, phases)
    return of(actor.yieldsEach) * joins + of(actor.yieldsPerSecond) * seconds
  }
  const seconds = phases.reduce((sum, { start, end }) => sum + end - start, 0)
  const each = phases.length > 0 ? of(actor.yieldsEach) : 0
  return actor.residents * (each + of(actor.yieldsPerSecond) * seconds)
}

/** Observations of these names that the load leads to in phases that the filter takes. */
export function yieldsIn(
  load: PlannedLoad,
  names: string[],
  takes: (phase: PlannedPhase) => boolean,
): number {
  const phases = load.phases.filter(takes)
  return load.actors.reduce((sum, actor) => sum + loadYields(load, actor, names, phases), 0)
}

/** As yieldsIn, by phase kind. */
export const yieldsOfKinds = (load: PlannedLoad, names: string[], kinds: readonly PhaseKind[]): number =>
  yieldsIn(load, names, ({ kind }) => kinds.includes(kind))
