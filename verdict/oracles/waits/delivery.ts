// How long answers were under way, and what the clock of the target said meanwhile, from the submissions around a moment.
import type { Submitted } from './history.ts'

/** So many submissions before and after one tell how long answers took then. */
const around = 20
/** Of these, so many took no longer. */
const share = 0.95
/** So many in a row share one estimate of how far the clocks are apart: long enough for a median, short enough for a drift. */
const perOffset = 200

const sorted = (values: number[]): number[] => values.sort((one, other) => one - other)

/** By submission, in their order: the time that an answer may have been under way. */
export function deliveriesOf(submissions: readonly Submitted[]): number[] {
  const durations = submissions.map(({ sentAt, answeredAt }) => answeredAt - sentAt)
  return durations.map((_, index) => {
    const near = sorted(durations.slice(Math.max(0, index - around), index + around + 1))
    return near[Math.min(near.length - 1, Math.floor(share * near.length))]!
  })
}

/** By submission, in their order: by how much the target's clock was ahead of ours. */
export function offsetsOf(submissions: readonly Submitted[]): number[] {
  const offsets: number[] = []
  for (let from = 0; from < submissions.length; from += perOffset) {
    const own = submissions.slice(from, from + perOffset)
    const apart = sorted(
      own.map(({ acceptedAt, sentAt, answeredAt }) => acceptedAt - (sentAt + answeredAt) / 2),
    )
    const median = apart[apart.length >> 1]!
    offsets.push(...own.map(() => median))
  }
  return offsets
}
