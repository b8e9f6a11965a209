// How many requests a second a plan leads to, roughly: for its announcement and the ceiling.
import type { Resident, Segment } from './plan.ts'
import type { Load } from './system.ts'
import type { Vocabulary } from './vocabulary.ts'

interface Offered {
  names: Vocabulary
  segments: Segment[]
  residents: Resident[]
  actors: Load[]
}

const perArrival = (actors: Load[], actor: string): number => {
  const load = actors.find((candidate) => candidate.actor === actor)
  return load !== undefined && 'arrivals' in load ? load.requests : 0
}

/** Per second at the busiest moment: what arrivals lead to, and what residents do besides. */
export function peakPerSecondOf(load: Offered): number {
  const { segments, actors } = load
  // What a backlog leads to comes as it is worked off, at the rate of the service.
  const each = (segment: Segment): number =>
    segment.backlog === true ? 1 : perArrival(actors, segment.actor)
  const at = (time: number): number =>
    segments
      .filter(({ start, seconds }) => start <= time && time < start + seconds)
      .reduce((sum, segment) => sum + Math.max(segment.from, segment.to) * each(segment), 0)
  return Math.ceil(Math.max(0, ...segments.map(({ start }) => at(start))) + besides(load))
}

/**
 * Requests per second that residents make besides what arrivals lead to, and that jobs make. Of what residents yield only
 * steps are requests: groups name the same ones again, and observations and tallies are made of their answers.
 */
const besides = ({ names, residents, actors }: Offered): number =>
  actors.reduce((sum, load) => {
    if ('job' in load) return sum + load.requestsPerSecond
    if (!('residents' in load)) return sum
    const own = residents.find(({ actor }) => actor === load.actor)?.virtualUsers ?? 0
    const yields = Object.entries<number | undefined>(load.yieldsPerSecond ?? {})
    const steps = yields.filter(([name]) => Object.hasOwn(names.steps, name))
    return sum + own * steps.reduce((total, [, n]) => total + (n ?? 0), 0)
  }, 0)
