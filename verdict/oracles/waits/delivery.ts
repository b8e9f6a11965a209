// How long answers were under way, and what the clock of the target said meanwhile, from the submissions around a moment.
import { firstIndex } from './first-index.ts'
import type { Submitted } from './history.ts'

/** So many submissions before and after one tell how long answers took then. */
const around = 20
/** Of these, so many took no longer. */
const share = 0.95
/** So many in a row share one estimate of how far the clocks are apart: long enough for a median, short enough for a drift. */
const perOffset = 200

const sorted = (values: number[]): number[] => values.sort((one, other) => one - other)

/** A stall reaches what is under way a little before and after it. */
const besideMs = 1000

/** How long answers were under way, from submissions in the order of their answers. */
export class Deliveries {
  /** By submission, that of those around it. */
  private readonly near: number[]

  constructor(private readonly submissions: readonly Submitted[]) {
    const durations = submissions.map(({ sentAt, answeredAt }) => answeredAt - sentAt)
    this.near = durations.map((_, index) => {
      const own = sorted(durations.slice(Math.max(0, index - around), index + around + 1))
      return own[Math.min(own.length - 1, Math.floor(share * own.length))]!
    })
  }

  /** The most that it was at any time while a task waited: its poll may have been answered in another moment than its submission. */
  between(from: number, until: number): number {
    const answeredAt = (index: number): number => this.submissions[index]!.answeredAt
    const { length } = this.near
    let most = 0
    for (
      let index = firstIndex(length, (one) => answeredAt(one) >= from - besideMs);
      index < length && answeredAt(index) <= until + besideMs;
      index++
    )
      most = Math.max(most, this.near[index]!)
    return most
  }
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
