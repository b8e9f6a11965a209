// The only clock of k6 that is finer than whole milliseconds: the time since the test began.
import exec from 'k6/execution'

/** Where k6 has none, such as in teardown(), it stands still. */
const stopped = { currentTestRunDuration: 0 }
let clock: typeof stopped | null = null

function findClock(): typeof stopped {
  try {
    return (clock = exec.instance)
  } catch {
    return (clock = stopped)
  }
}

/** Milliseconds since k6 began the test, with their fractions; always 0 where k6 has no such clock. */
export const fineMs = (): number => (clock ?? findClock()).currentTestRunDuration

/** Two looks at the clock that are so close together, in ms, say well enough what the time was between them. */
const closeMs = 0.01
/** The first looks of a virtual user take longer, and any may be interrupted. */
const looksMost = 5

/**
 * When k6 began a scenario, by fineMs(). Its arrivals are due by that moment, which `startTime` gives without the fraction of its
 * millisecond; the progress of the scenario has all digits. Off by at most half of the time between two looks: measured are
 * 0.01 ms. From `startTime` alone, and so off by up to 1 ms, where the progress says nothing: at the end of a scenario.
 * @param durationMs the whole duration of the scenario, as k6 was told
 */
export function beganAt(scenario: { progress: number; startTime: number }, durationMs: number): number {
  let leastMs = Infinity
  let beganMs = 0
  for (let look = 0; look < looksMost && leastMs > closeMs; look++) {
    const before = fineMs()
    const { progress } = scenario
    const tookMs = fineMs() - before
    if (!(progress < 1)) break
    if (tookMs >= leastMs) continue
    leastMs = tookMs
    beganMs = before + tookMs / 2 - progress * durationMs
  }
  return leastMs < Infinity ? beganMs : fineMs() - (Date.now() - scenario.startTime)
}
