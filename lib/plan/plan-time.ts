// Where in the plan a moment is. The only part of the plan's code that virtual users evaluate.
import type { Level, Segment } from './plan.ts'

/** In seconds after T0. */
type Span = Pick<Level, 'start' | 'end'>

/** More than what is lost when times are rounded to whole milliseconds. */
const presenceMarginSeconds = 0.002

/** Whether a stretch of the plan lies within a phase. */
export const isDuring = (phase: Span, { start, end }: Span): boolean =>
  start >= phase.start && end <= phase.end

/** The planned level at a time (seconds after T0); 0 outside the plan. Residents ask for it all the time. */
export function levelAt(levels: Level[], time: number): number {
  for (let index = 0; index < levels.length; index++) {
    const { start, end, from, to } = levels[index]!
    if (start <= time && time < end) return from + ((to - from) * (time - start)) / (end - start)
  }
  return 0
}

/**
 * From when on the level is above an index, at or after a time (seconds after T0): then the resident of this index is to be
 * present. Infinity when it is not any more.
 */
export function presentFrom(levels: Level[], index: number, time: number): number {
  for (const { start, end, from, to } of levels) {
    if (end <= time) continue
    const since = Math.max(start, time)
    const slope = (to - from) / (end - start)
    const level = from + slope * (since - start)
    if (level > index) return since
    // A resident comes when the level has passed its index, not when it is there.
    if (to > index) return Math.min(end, since + (index - level) / slope + presenceMarginSeconds)
  }
  return Infinity
}

/**
 * When the arrival with this index (from 0) is due, in seconds after the segment's start. As k6 has it: at an even rate
 * the first one comes at once; where the rate changes each comes when it is due as a whole.
 */
export function arrivalTime(segment: Pick<Segment, 'from' | 'to' | 'seconds'>, place: number): number {
  const { from, to, seconds } = segment
  if (from === to) return place / from
  const index = place + 1
  const slope = (to - from) / seconds
  // The form of the solution that loses no digits where the rate hardly changes.
  return (2 * index) / (from + Math.sqrt(Math.max(0, from * from + 2 * slope * index)))
}

/** How many arrivals are due up to a time, in seconds after the segment's start. */
export function arrivalsBy(segment: Pick<Segment, 'from' | 'to' | 'seconds'>, time: number): number {
  const { from, to, seconds } = segment
  return from * time + ((to - from) * time * time) / (2 * seconds)
}

/** Arrivals of a whole segment. */
export const arrivalsOf = (segment: Pick<Segment, 'from' | 'to' | 'seconds'>): number =>
  Math.floor(arrivalsBy(segment, segment.seconds) + 1e-9)

/** So long after the end of a stretch k6 ends the arrivals that are still there. */
export const arrivalGraceSeconds = 15

/**
 * For how many seconds k6 starts arrivals of a stretch. At an even rate it starts one at both ends, and half an interval less
 * makes it the planned number; where the rate changes the last one is due at the very end, and half an interval more makes sure
 * of it. k6 takes no less than a second; what comes beyond the plan is passed over.
 */
function startingSeconds({ from, to, seconds }: Pick<Segment, 'from' | 'to' | 'seconds'>): number {
  const half = 0.5 / Math.max(from, to)
  return Math.max(1, seconds + (from === to ? -half : half))
}

/** k6 takes whole numbers only: of a rate so many a second, how many are started in 1,000 seconds. */
export const arrivalsPerUnit = (rate: number): number => Math.round(rate * 1000)

/** The time between two arrivals at an even rate, in ms: k6 counts it in whole nanoseconds, and leaves the rest away. */
export const arrivalPeriodMs = (rate: number): number => Math.floor(1e12 / arrivalsPerUnit(rate)) / 1e6

/** For how long k6 starts arrivals of a stretch, in ms, as it is told. */
export const startingMs = (segment: Pick<Segment, 'from' | 'to' | 'seconds'>): number =>
  Math.round(startingSeconds(segment) * 1000)

/** When k6 ends what is left of a stretch's arrivals, in seconds after T0. */
export const endedAt = (segment: Pick<Segment, 'start' | 'from' | 'to' | 'seconds'>): number =>
  segment.start + startingSeconds(segment) + arrivalGraceSeconds

/**
 * The k6 scenario of an actor's arrivals in one stretch, or of a fault: a name of each, and a number or another name. k6
 * takes letters, digits, "-" and "_", and names have no "_", so that different ones never make the same.
 */
export const scenarioName = (...names: (string | number)[]): string => names.join('_')

/** Stands in place of an actor in the names of those k6 scenarios that live faults. No actor has this name. */
export const faultActor = 'fault'

/** Name of the resident that every run has besides its case's actors. */
export const probeName = 'generator-probe'
