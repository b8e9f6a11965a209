// How many good answers came in each stretch of time, for rates that hold in every one. Each virtual user counts its own, and tells
// a stretch with the first answer that comes after it.
import { writeEvent } from './events.ts'

interface Window {
  /** Unix seconds. */
  from: number
  n: number
}

const windows: Record<string, Window> = {}

/** @param seconds how long a stretch is; they begin at multiples of it in Unix time, the same in all processes */
export function countInWindow(rule: string, seconds: number, n: number): void {
  const from = Math.floor(Date.now() / 1000 / seconds) * seconds
  const own = windows[rule]
  if (own?.from === from) {
    own.n += n
    return
  }
  if (own !== undefined) writeEvent({ event: 'answers', of: rule, ...own })
  windows[rule] = { from, n }
}
