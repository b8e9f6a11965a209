// Work completed in each block of judged time, from a count that only ever grows.
import type { PhaseSpan } from '../../verdict/evidence.ts'
import type { Point } from './points.ts'

type Stretch = Pick<PhaseSpan, 'start' | 'end'>

/** A long run is judged by the minute; a short one needs finer blocks to have enough of them. */
const [shortBlockSeconds, blockSeconds, shortSeconds] = [15, 60, 3600]

/** The length of a block for so many seconds of judged time. */
export const blockSecondsFor = (judgedSeconds: number): number =>
  judgedSeconds < shortSeconds ? shortBlockSeconds : blockSeconds

/**
 * Between two points the count is taken to have grown evenly. Where it fell, its source began anew, and what happened
 * between the two points is not known.
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
