// The evidence of a recovery: how long it took from the end of each disturbance until all was as before.
import { waitsAfter } from '../../lib/plan/fault-waits.ts'
import { kindsOf } from '../../verdict/criterion.ts'
import type { Rule } from '../../verdict/criterion.ts'
import { longest, waitedMs } from '../../verdict/evidence-sum.ts'
import type { Wait } from '../../verdict/evidence-sum.ts'
import type { Counts, Evidence, EventTime, PhaseRow, PhaseSpan } from '../../verdict/evidence.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { backSince } from '../../verdict/windows.ts'
import type { EventLog } from './events.ts'
import { blocksOf } from './second-blocks.ts'
import type { Blocks } from './second-blocks.ts'

type Recovery = Extract<Rule, { judge: 'recovery' }>

interface Seen {
  log: EventLog
  spans: PhaseSpan[]
  rows: PhaseRow[]
  faults: FaultVerdict[]
}

/** When it was back to normal: as the actors say it or, with a window, as the requests' own seconds do. */
export function backToNormal(
  rule: Recovery,
  counts: Evidence | undefined,
  seen: Seen,
  bad: Map<number, number>,
): EventTime | undefined {
  const { log, spans, faults } = seen
  // A fault is over when it was ended, whatever is left of its phase.
  const disturbed =
    rule.after === 'fault' && faults.length > 0
      ? faults
      : spans.filter(({ kind }) => kind === rule.after).slice(-1)
  const ends = waitsAfter(disturbed)
  const { window } = rule
  if (window === undefined) {
    const told = log.back
      .filter(({ of }) => rule.of.includes(of))
      .map(({ from, at, watchedUntil }) => ({ from, at, watchedUntil }))
    if (told.length > 0) return worst(rule, told)
    const last = ends.at(-1)?.from
    return last === undefined ? undefined : { type: 'event', from: last, at: null, watchedUntil: last }
  }
  if (ends.length === 0 || counts?.type !== 'counts') return undefined
  const watched = spans.filter(({ kind }) => kindsOf(rule).includes(kind))
  const [known, dense] = observed(counts, watched, seen, { bad, seconds: window.seconds })
  const over = Math.max(...watched.map(({ end }) => end))
  return worst(
    rule,
    ends.map(({ from, until }) => {
      const watchedUntil = Math.max(from, Math.min(over, until))
      const wait = backSince(dense, from, watchedUntil, window)
      if (isInTime(rule, wait)) return wait
      const least = backSince(known, from, watchedUntil, window)
      // Whether it was back in time hangs on when arrivals were dropped, so it is not known to be back, and no longer watched.
      return isInTime(rule, least) ? { from, at: null, watchedUntil: least.at, isUnsure: true } : wait
    }),
  )
}

/** `isUnsure`: not what was seen, but as much of it as is known. */
type Waited = Wait & { isUnsure?: boolean }

const isInTime = ({ withinSeconds }: Recovery, wait: Wait): wait is Wait & { at: number } =>
  wait.at !== null && waitedMs(wait) <= withinSeconds * 1000

/**
 * A wait that the next fault cut short has no known end, and the system is not to be blamed twice: overlapping recoveries are
 * judged once, by the wait after the last fault.
 */
function worst({ withinSeconds }: Recovery, waits: Waited[]): EventTime {
  const last = Math.max(...waits.map(({ from }) => from))
  return longest(
    waits
      .filter(
        (wait) =>
          wait.at !== null ||
          wait.isUnsure === true ||
          wait.from === last ||
          waitedMs(wait) >= withinSeconds * 1000,
      )
      .map(({ from, at, watchedUntil }) => ({ from, at, watchedUntil })),
  )
}

/**
 * [n, bad] per second: as they are known, and with the arrivals that k6 dropped, which have no second of their own, as dense
 * all over their phase as if one stretch of so many seconds had all of them.
 */
function observed(
  counts: Counts,
  watched: PhaseSpan[],
  { rows }: Seen,
  { bad, seconds }: { bad: Map<number, number>; seconds: number },
): [known: Blocks, dense: Blocks] {
  const placed = [...bad.values()].reduce((sum, count) => sum + count, 0)
  const known = blocksOf({ ...counts, bad: placed }, watched, rows, bad)
  const dropped = Math.max(0, counts.bad - placed)
  const dense = { ...known }
  const droppedIn = (phase: string): number => rows.find((row) => row.phase === phase)?.dropped ?? 0
  const isTold = watched.some(({ name }) => droppedIn(name) > 0)
  for (const { name, start, end } of watched) {
    const more = Math.min(dropped, isTold ? droppedIn(name) : dropped) / seconds
    if (more === 0) continue
    for (let second = Math.floor(start / 1000); second * 1000 < end; second++) {
      const [n, broken] = dense[second] ?? [0, 0]
      dense[second] = [n + more, broken + more]
    }
  }
  return [known, dense]
}
