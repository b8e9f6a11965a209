// When the faults of a plan are due, and what they hit: all that the seed leaves to chance is settled here.
import { parseDuration } from './duration.ts'
import type { FaultShape, PhaseShape } from './phase.ts'
import type { PlannedFault, PlannedPhase } from './plan.ts'
import { randomOf } from './random.ts'
import type { ActorFault } from './system.ts'

const secondsOf = (time: string | undefined): number => (time === undefined ? 0 : parseDuration(time))

/** The faults of all phases that the plan has, in the order of their start. One may outlast its phase, but not the plan. */
export function faultsOf(
  shapes: PhaseShape[],
  phases: PlannedPhase[],
  seed: number,
  actorFaults: Record<string, ActorFault>,
): PlannedFault[] {
  const planEnd = phases.at(-1)?.end ?? 0
  let drawn = 0
  const random = (): number => randomOf(seed, 'fault', [drawn++])
  const planned = phases.flatMap((phase, index) =>
    shapes[index]!.faults.map((fault) => plannedFault(fault, phase, planEnd, random)),
  )
  return numbered(planned.filter(({ seconds }) => seconds > 0))
    .map((fault) => withActors(fault, actorFaults[fault.driver]))
    .sort((a, b) => a.start - b.start)
}

/** A fault that the system's actors commit themselves carries the words for it. */
export const withActors = (fault: PlannedFault, byActors: ActorFault | undefined): PlannedFault =>
  byActors === undefined ? fault : { ...fault, byActors }

function plannedFault(
  fault: FaultShape,
  phase: PlannedPhase,
  planEnd: number,
  random: () => number,
): PlannedFault {
  const targets = [fault.target].flat()
  // Drawn whether or not there is a choice, so that one fault's choice does not depend on another's.
  const [choice, delay] = [random(), random()]
  const target = targets[Math.floor(choice * targets.length)]!
  const start = phase.start + secondsOf(fault.after) + delay * secondsOf(fault.jitter)
  const end = fault.lasts === undefined ? phase.end : Math.min(planEnd, start + secondsOf(fault.lasts))
  const { driver, settings } = fault
  const kind = settings['kind'] === undefined ? driver : String(settings['kind'])
  return { id: `${kind} ${target}`, driver, target, settings, start, seconds: end - start }
}

/** What is done twice is told apart by a number. */
function numbered(faults: PlannedFault[]): PlannedFault[] {
  const seen = new Map<string, number>()
  return faults.map((fault) => {
    const count = (seen.get(fault.id) ?? 0) + 1
    seen.set(fault.id, count)
    return count === 1 ? fault : { ...fault, id: `${fault.id} ${count}` }
  })
}
