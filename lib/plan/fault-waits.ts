// When faults were over: the times from which service has to come back to normal, and until when that can be watched.

export interface Wait {
  /** When the last of the faults that overlapped was over. */
  from: number
  /** When the next one begins; Infinity after the last. */
  until: number
}

/** One wait after each stretch of faults, in the unit of their times. */
export function waitsAfter(faults: { start: number; end: number }[]): Wait[] {
  const waits: Wait[] = []
  for (const { start, end } of [...faults].sort((a, b) => a.start - b.start)) {
    const last = waits.at(-1)
    if (last !== undefined && start > last.from) last.until = start
    if (last === undefined || start > last.from) waits.push({ from: end, until: Infinity })
    else last.from = Math.max(last.from, end)
  }
  return waits
}
