// Who comes when: the arrivals of each actor by stretch of the plan, and the residents, with the virtual users they need.
import type { PhaseShape } from './phase.ts'
import { isDuring, scenarioName } from './plan-time.ts'
import type { Level, PlannedPhase, Resident, Segment } from './plan.ts'
import type { Load } from './system.ts'

/** A backlog arrives evenly within this time: at once, as far as a server can tell. */
const backlogSeconds = 2

/** Virtual users that a rate needs: some ready at once, and as many as can be held while every request times out. */
const virtualUsers = (rate: number, holdSeconds: number, readySeconds = 0.5) => ({
  ready: Math.ceil(rate * readySeconds) + 4,
  most: Math.ceil(rate * holdSeconds) + 10,
})

/**
 * The arrivals of one actor.
 * @param capacityOf work a second that can be served at a level; 0 where nobody knows
 */
export function segmentsOf(
  load: Load,
  timeline: { shapes: PhaseShape[]; phases: PlannedPhase[]; levels: Level[] },
  capacityOf: (level: number) => number,
): Segment[] {
  if (!('arrivals' in load)) return []
  const { shapes, phases, levels } = timeline
  const { arrivals } = load
  const rate = (level: number): number => {
    if (arrivals === 'level') return level
    return typeof arrivals === 'number' ? arrivals : arrivals.ofCapacity * capacityOf(level)
  }
  return phases.flatMap((phase, index) => {
    const shape = shapes[index]
    const { actor, work, opensWith } = load
    const common = { actor, work, opensWith, phase: phase.name, kind: phase.kind }
    const inside = levels.filter((level) => isDuring(phase, level))
    const segments = inside.flatMap((level, part): Segment[] => {
      const factor = load.work ? (shape?.arrivals ?? 1) : 1
      const fixed = shape?.rates[load.actor]
      const [from, to] = [fixed ?? factor * rate(level.from), fixed ?? factor * rate(level.to)]
      if (from + to <= 0) return []
      const name = scenarioName(actor, phase.name, ...(inside.length > 1 ? [part + 1] : []))
      const [start, seconds] = [level.start, level.end - level.start]
      return [
        {
          ...common,
          name,
          start,
          seconds,
          from,
          to,
          virtualUsers: virtualUsers(Math.max(from, to), load.holdSeconds, load.readySeconds),
        },
      ]
    })
    if (!load.work || shape === undefined || shape.backlog === 0) return segments
    const perSecond = shape.backlog / backlogSeconds
    return [
      ...segments,
      {
        ...common,
        // Parts have numbers, so that none of them has this name.
        name: scenarioName(actor, phase.name, 'backlog'),
        backlog: true,
        start: phase.start,
        seconds: backlogSeconds,
        from: perSecond,
        to: perSecond,
        virtualUsers: virtualUsers(perSecond, 1),
      },
    ]
  })
}

export function residentsOf(loads: Load[], segments: Segment[], peakLevel: number): Resident[] {
  return loads.flatMap((load): Resident[] => {
    if ('residents' in load) {
      return [{ actor: load.actor, virtualUsers: load.residents === 'level' ? peakLevel : load.residents }]
    }
    if (!('residentsPer' in load)) return []
    const { arrivalsOf: other, perSecond } = load.residentsPer
    // A backlog is looked after as it is worked off, not as it comes.
    const steady = segments.filter((segment) => segment.actor === other && segment.backlog !== true)
    const rate = steady.reduce((most, { from, to }) => Math.max(most, from, to), 0)
    return [{ actor: load.actor, virtualUsers: Math.max(1, Math.ceil(rate / perSecond)) }]
  })
}
