// How long the queue gets by the plan itself, where a phase offers more work than its workers can do.
import { workersAt } from './plan-time.ts'
import type { Level, PlannedPhase, Segment } from './plan.ts'

/** Work offered per second at a time. */
const offeredAt = (segments: Segment[], time: number): number =>
  segments
    .filter(({ work, start, seconds }) => work && start <= time && time < start + seconds)
    .reduce((sum, { from, to, start, seconds }) => sum + from + ((to - from) * (time - start)) / seconds, 0)

/** For each phase the longest wait of its queue, in seconds of service. Steps of a second are fine enough for a bound. */
export function queueSecondsOf(phases: PlannedPhase[], levels: Level[], segments: Segment[]): number[] {
  let queue = 0
  return phases.map(({ start, end, workSeconds }) => {
    let longest = 0
    for (let time = start; time < end; time++) {
      const served = workersAt(levels, time) / workSeconds
      queue = Math.max(0, queue + (offeredAt(segments, time) - served) * Math.min(1, end - time))
      if (served > 0) longest = Math.max(longest, queue / served)
    }
    return longest
  })
}
