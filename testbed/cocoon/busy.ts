// Whether this gateway is busy: what goes wrong only then is not seen in a test at an easy pace.

/** Counted over this time, so that a moment's crowd at an easy pace is not yet a busy gateway. */
const overMs = 3_000

/** Counts calls, and says whether they came at more than so many a second lately. */
export function busyAbove(perSecond: number): () => boolean {
  const times: number[] = []
  return () => {
    const now = performance.now()
    times.push(now)
    while ((times[0] ?? now) < now - overMs) times.shift()
    return times.length > (perSecond * overMs) / 1_000
  }
}
