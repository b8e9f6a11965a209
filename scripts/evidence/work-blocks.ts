// What services used, and the work that was completed, in each block of judged time.
import type { MachineSample, ResourceSample } from '../../keeper/service.ts'
import type { Rule } from '../../verdict/criterion.ts'
import type { PhaseSpan, Resources } from '../../verdict/evidence.ts'
import { resourcesOf } from '../../verdict/resources.ts'
import type { Point } from './points.ts'
import { lengthMs } from './second-blocks.ts'

type Stretch = Pick<PhaseSpan, 'start' | 'end'>

/** A long run is judged by the minute; a short one needs finer blocks to have enough of them. */
const [shortBlockSeconds, blockSeconds, shortSeconds] = [15, 60, 3600]

/** How busy a service is can be told of a short time, because it is no trend that takes its time to show. */
const busyBlockSeconds = 5

/** The length of a block for so many seconds of judged time. */
export function blockSecondsFor(judgedSeconds: number, judge: Rule['judge']): number {
  if (judgedSeconds >= shortSeconds) return blockSeconds
  return judge === 'busy' ? busyBlockSeconds : shortBlockSeconds
}

/** What the keeper sampled, and how many processors services may use where the target says it. */
export interface Sampled {
  samples: ResourceSample[]
  machine: MachineSample[]
  cores: Readonly<Record<string, number>>
}

/** How many processors a service may use: as many as the target says, else all of the machine; undefined where nobody knows. */
export const coresOf = (service: string, { machine, cores }: Omit<Sampled, 'samples'>): number | undefined =>
  Object.hasOwn(cores, service) ? cores[service] : machine[0]?.cores

/** The same of each service that was sampled; nothing of one where nobody knows. */
function coresBy(sampled: Sampled): Record<string, number> {
  const names = [...new Set(sampled.samples.map(({ service }) => service))]
  return Object.fromEntries(
    names.flatMap((name): [string, number][] => {
      const own = coresOf(name, sampled)
      return own === undefined ? [] : [[name, own]]
    }),
  )
}

/**
 * What a rule about services is judged by.
 * @param completed the count of all work that was completed, over time
 */
export function resourcesIn(
  judge: Rule['judge'],
  judged: PhaseSpan[],
  sampled: Sampled,
  completed: Point[],
): Resources {
  const seconds = blockSecondsFor(lengthMs(judged) / 1000, judge)
  const work = workByBlock(completed, judged, seconds)
  return resourcesOf(sampled.samples, judged, work, seconds, judge === 'busy' ? coresBy(sampled) : null)
}

/**
 * Work completed, from a count that only ever grows. Between two points it is taken to have grown evenly. Where it fell, its
 * source began anew, and what happened between the two points is not known.
 * @returns by Unix seconds / `seconds`, the work completed in the judged part of that block
 */
export function workByBlock(points: Point[], judged: Stretch[], seconds: number): Record<string, number> {
  const work: Record<string, number> = {}
  const blockMs = seconds * 1000
  for (const [index, point] of points.slice(1).entries()) {
    const before = points[index]!
    const grown = point.value - before.value
    if (grown <= 0 || point.t <= before.t) continue
    const perMs = grown / (point.t - before.t)
    for (const { start, end } of judged) {
      const [from, to] = [Math.max(start, before.t), Math.min(end, point.t)]
      if (from >= to) continue
      for (let block = Math.floor(from / blockMs); block * blockMs < to; block++) {
        const insideMs = Math.min(to, (block + 1) * blockMs) - Math.max(from, block * blockMs)
        work[block] = (work[block] ?? 0) + insideMs * perMs
      }
    }
  }
  return work
}
