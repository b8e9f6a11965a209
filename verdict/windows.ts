// Back to normal, as the first stretch of seconds in which hardly anything was bad.
import type { EventTime } from './evidence.ts'

/** A stretch of whole seconds is normal when at most `limit` (a share) of its observations were bad. */
export interface Window {
  seconds: number
  limit: number
}

/** Relative error that sums of fractions may have. */
const roundingError = 1e-9

/**
 * When the first normal stretch after `from` began; null when none was seen whole by `watchedUntil`. Times are Unix ms,
 * the keys of `blocks` Unix seconds with [n, bad] of each. Stretches begin on whole seconds, the first one at or after
 * `from`, so that a second in which something else was going on is not taken for part of it: `at` is up to a second late,
 * to the disadvantage of the system. A stretch without any observation is not normal: nobody saw that it was.
 */
export function backSince(
  blocks: Record<string, [n: number, bad: number]>,
  from: number,
  watchedUntil: number,
  { seconds, limit }: Window,
): Omit<EventTime, 'type' | 'other'> {
  if (!(Number.isInteger(seconds) && seconds > 0))
    throw new Error(
      `back to normal: expected a stretch of whole seconds from 1, got ${seconds}; mend the rule's window`,
    )
  const isNormal = (begin: number): boolean => {
    let [n, bad] = [0, 0]
    for (let second = begin; second < begin + seconds; second++) {
      const [observed, broken] = blocks[second] ?? [0, 0]
      n += observed
      bad += broken
    }
    return n > 0 && bad <= limit * n * (1 + roundingError)
  }
  for (let begin = Math.ceil(from / 1000); (begin + seconds) * 1000 <= watchedUntil; begin++)
    if (isNormal(begin)) return { from, at: begin * 1000, watchedUntil }
  return { from, at: null, watchedUntil }
}
