// The shape of a scenario: phases made of moves of the level. Knows no system.
import { afterLoad, beforeLoad, phaseKinds } from '../../verdict/criterion.ts'
import type { PhaseKind } from '../../verdict/criterion.ts'
import { parseDuration } from './duration.ts'

/** The level goes to `to` (from wherever it was, or at once) and takes `seconds` for it. */
export interface Move {
  to: number
  seconds: number
  atOnce: boolean
}

/** What a phase does besides its level. */
export interface PhaseLoad {
  /** Arrivals of work relative to the case's own rate (default 1). */
  arrivals?: number
  /** How large each piece of work is, relative to the case's own (default 1). */
  work?: number
  /** Arrivals that come all at once at the start of the phase. */
  backlog?: number
  /** Pieces of work of the past that the system is filled with at the start of the phase. */
  history?: number
  /** Arrivals per second of some actors, in place of their usual rates. */
  rates?: Record<string, number>
  /** What is done to the target meanwhile. */
  faults?: FaultShape[]
}

/** How much of something a driver does, by the names that it gives it. */
export type FaultSettings = Record<string, string | number>

/** A fault of a phase: a driver of faults/ does it to one part of the target. */
export interface FaultShape {
  driver: string
  /** As the target file names it; of several, the seed chooses one. */
  target: string | string[]
  settings: FaultSettings
  /** From the start of the phase, such as "5s"; at once when left out. */
  after?: string
  /** Up to so much later, as the seed has it. */
  jitter?: string
  /** May outlast the phase; until its end when left out. */
  lasts?: string
}

export interface PhaseShape extends Required<PhaseLoad> {
  name: string
  kind: PhaseKind
  moves: Move[]
}

/** At a level for the whole time, such as "5m". */
export const hold = (level: number, time: string): Move => ({
  to: level,
  seconds: parseDuration(time),
  atOnce: true,
})

/** From the level before, evenly to this one within the time. */
export const reach = (level: number, time: string): Move => ({
  to: level,
  seconds: parseDuration(time),
  atOnce: false,
})

/** What follows the last phase. */
export const restName = 'settle'

/** A named stretch of a run. Criteria bind to its kind. */
export function phase(name: string, kind: PhaseKind, ...parts: (Move | PhaseLoad)[]): PhaseShape {
  const moves = parts.filter((part): part is Move => 'to' in part)
  const load = Object.assign({}, ...parts.filter((part) => !('to' in part))) as PhaseLoad
  if (!(phaseKinds as readonly string[]).includes(kind)) {
    throw new Error(
      `phase "${name}" is of the unknown kind "${String(kind)}"; valid: ${phaseKinds.join(', ')}`,
    )
  }
  if ([restName, beforeLoad, afterLoad].includes(name))
    throw new Error(`phase "${name}" has the name of what comes before or after the load; give another`)
  if (moves.length === 0) throw new Error(`phase "${name}" has no time: give it a hold or a reach`)
  const { arrivals = 1, work = 1, backlog = 0, history = 0, rates = {}, faults = [] } = load
  return { name, kind, moves, arrivals, work, backlog, history, rates, faults }
}
