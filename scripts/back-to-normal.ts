// The evidence of a recovery: how long it took from the end of each disturbance until all was as before.
import { waitsAfter } from '../lib/fault-waits.ts'
import { kindsOf } from '../verdict/criterion.ts'
import type { Rule } from '../verdict/criterion.ts'
import { longest, waitedMs } from '../verdict/evidence-sum.ts'
import type { Wait } from '../verdict/evidence-sum.ts'
import type { Counts, Evidence, EventTime, PhaseRow, PhaseSpan } from '../verdict/evidence.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import { backSince } from '../verdict/windows.ts'
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
  const blocks = observed(counts, watched, seen, bad)
  const over = Math.max(...watched.map(({ end }) => end))
  return worst(
    rule,
    ends.map(({ from, until }) => backSince(blocks, from, Math.max(from, Math.min(over, until)), window)),
  )
}

/**
 * Of a wait that the next fault cut short nobody knows how it would have ended, and the system is not to be blamed for
 * both: the wait after that fault stands for it.
 */
function worst({ withinSeconds }: Recovery, waits: Wait[]): EventTime {
  const last = Math.max(...waits.map(({ from }) => from))
  return longest(
    waits.filter((wait) => wait.at !== null || wait.from === last || waitedMs(wait) >= withinSeconds * 1000),
  )
}

/**
 * [n, bad] per second. Arrivals that k6 dropped have no second of their own: a phase in which some were is taken for bad
 * from its begin to its end.
 */
function observed(counts: Counts, watched: PhaseSpan[], { rows }: Seen, bad: Map<number, number>): Blocks {
  const blocks = blocksOf(counts, watched, rows, bad)
  const placed = [...bad.values()].reduce((sum, count) => sum + count, 0)
  if (counts.bad <= placed) return blocks
  const dropping = rows.filter(({ dropped }) => dropped > 0).map(({ phase }) => phase)
  for (const { name, start, end } of watched) {
    if (dropping.length > 0 && !dropping.includes(name)) continue
    for (let second = Math.floor(start / 1000); second * 1000 < end; second++) blocks[second] = [1, 1]
  }
  return blocks
}
