// How long the queue gets by the plan itself, where a phase offers more work than the system can do.
import type { PhaseShape } from './phase.ts'
import { levelAt } from './plan-time.ts'
import type { Level, PlannedPhase, Segment } from './plan.ts'

/** Work offered per second at a time. */
const offeredAt = (segments: Segment[], time: number): number =>
  segments
    .filter(({ work, start, seconds }) => work && start <= time && time < start + seconds)
    .reduce((sum, { from, to, start, seconds }) => sum + from + ((to - from) * (time - start)) / seconds, 0)

/**
 * For each phase the longest wait of its queue, in seconds of service. Steps of a second are fine enough for a bound.
 * @param capacityOf work a second that can be served at a level; 0 where nobody knows
 */
export function queueSecondsOf(
  plan: { phases: PlannedPhase[]; shapes: PhaseShape[]; levels: Level[]; segments: Segment[] },
  capacityOf: (level: number) => number,
): number[] {
  let queue = 0
  return plan.phases.map(({ start, end }, index) => {
    let longest = 0
    for (let time = start; time < end; time++) {
      const served = capacityOf(levelAt(plan.levels, time)) / (plan.shapes[index]?.work ?? 1)
      queue = Math.max(0, queue + (offeredAt(plan.segments, time) - served) * Math.min(1, end - time))
      if (served > 0) longest = Math.max(longest, queue / served)
    }
    return longest
  })
}
