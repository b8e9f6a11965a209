// An allocator that looks at the queue when a worker arrives, and then only on the ticks of a slow clock.
import type { Defect } from './defect.ts'

/** Offers newly arrived workers at once and everybody else once per tick. */
export function onTicks(everyMs: number): NonNullable<Defect['offers']> {
  let lastTick = 0
  return (idle) => {
    const tick = Math.floor(Date.now() / everyMs)
    if (tick === lastTick) return idle.filter((worker) => !worker.wasOffered)
    lastTick = tick
    return idle
  }
}
