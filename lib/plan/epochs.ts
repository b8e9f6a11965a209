// A long run as several k6 processes one after the other, because k6 keeps every sample. Where the plan has a phase of
// kind handover, one process fades out while the next one fades in, so that the offered load has no gap.
import type { Level, Plan, PlannedPhase, Segment } from './plan.ts'

/** One k6 process's share of the time: seconds after T0 of the whole run. */
export interface Epoch {
  start: number
  end: number
}

/** In a handover residents come in its first part and go in its last part, so that the new are there before the old go. */
const movingShare = 0.8

/** The epochs that a plan's handovers make: each reaches from the start of the one before it to the end of the next. */
export function epochsOf(phases: PlannedPhase[]): Epoch[] {
  const handovers = phases.filter(({ kind }) => kind === 'handover')
  const end = phases.at(-1)?.end ?? 0
  return [...handovers, null].map((next, index) => ({
    start: index === 0 ? 0 : handovers[index - 1]!.start,
    end: next?.end ?? end,
  }))
}

/** What the process of an epoch (from 1) does: the whole plan cut to it, its times after its own start, faded at both ends. */
export function epochPlan(plan: Plan, number: number): Plan {
  const epoch = plan.epochs[number - 1]
  if (epoch === undefined)
    throw new Error(`EPOCH=${number}: this plan has the epochs 1 to ${plan.epochs.length}`)
  if (plan.epochs.length === 1) return plan
  const inside = ({ start, end }: { start: number; end: number }): boolean =>
    start >= epoch.start && end <= epoch.end
  const phases = plan.phases.filter(inside)
  const fadeOf = (time: number): Fade => {
    const phase = phases.find(({ start, end }) => start <= time && time < end)
    if (phase?.kind !== 'handover') return null
    return phase.start === epoch.start && number > 1 ? 'in' : 'out'
  }
  const shifted = <T extends { start: number }>(one: T): T => ({ ...one, start: one.start - epoch.start })
  const segments = plan.segments
    .filter((one) => inside({ start: one.start, end: one.start + one.seconds }))
    .map((one) => shifted(fadedArrivals(one, fadeOf(one.start))))
  const levels = plan.levels
    .filter(inside)
    .flatMap((level) => fadedLevels(level, fadeOf(level.start)))
    .map((level) => ({ ...shifted(level), end: level.end - epoch.start }))
  return {
    ...plan,
    phases: phases.map((phase) => ({ ...shifted(phase), end: phase.end - epoch.start })),
    levels,
    segments,
    driveSeconds: epoch.end - epoch.start,
  }
}

type Fade = 'in' | 'out' | null

function fadedArrivals(segment: Segment, fade: Fade): Segment {
  if (fade === 'in') return { ...segment, from: 0 }
  return fade === 'out' ? { ...segment, to: 0 } : segment
}

function fadedLevels(level: Level, fade: Fade): Level[] {
  const moving = (level.end - level.start) * movingShare
  if (fade === 'in') {
    const there = level.start + moving
    return [
      { ...level, from: 0, end: there },
      { ...level, from: level.to, start: there },
    ]
  }
  if (fade === 'out') {
    const going = level.end - moving
    return [
      { ...level, to: level.from, end: going },
      { ...level, to: 0, start: going },
    ]
  }
  return [level]
}
