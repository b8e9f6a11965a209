// A run phase by phase: what was offered and answered in each, and which of them are a side of a comparison.
import { quarterOf } from '../../lib/plan/claims.ts'
import { arrivalsBy } from '../../lib/plan/plan-time.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { meanLevel } from '../../lib/plan/yields.ts'
import type { Side } from '../../verdict/criterion.ts'
import type { Histogram, PhaseCounts, PhaseRow, PhaseSpan } from '../../verdict/evidence.ts'
import type { EventLog } from './events.ts'

/** Values that were tallied under a name in a phase. */
export function tallied(log: EventLog, of: string, phase: string): number {
  const buckets = log.tallies.get(of)?.get(phase)?.buckets ?? {}
  return Object.values(buckets).reduce((sum, n) => sum + n, 0)
}

/**
 * A row for each phase that was begun. Requests are k6's own counts, the rest comes from the plan and from what actors
 * told; a phase that was cut short has the arrivals up to then.
 * @param counted what k6 counted of each phase
 */
export function rowsOf(
  plan: Plan,
  spans: PhaseSpan[],
  log: EventLog,
  counted: readonly PhaseCounts[],
): PhaseRow[] {
  return plan.phases.flatMap((phase): PhaseRow[] => {
    const span = spans.find(({ name }) => name === phase.name)
    if (span === undefined) return []
    const own = counted.find((row) => row.phase === phase.name)
    const seconds = (span.end - span.start) / 1000
    const arrivals = plan.segments
      .filter((segment) => segment.work && segment.phase === phase.name)
      .map((segment) => {
        const elapsed = Math.min(segment.seconds, phase.start + seconds - segment.start)
        return elapsed > 0 ? arrivalsBy(segment, elapsed) : 0
      })
    return [
      {
        phase: phase.name,
        kind: phase.kind,
        level: meanLevel(plan.levels, phase),
        seconds,
        dropped: own?.dropped ?? 0,
        offered: Math.round(arrivals.reduce((sum, n) => sum + n, 0)),
        completed: plan.work === undefined ? 0 : tallied(log, plan.work.done, phase.name),
        inTime: plan.work === undefined ? 0 : tallied(log, plan.work.inTime, phase.name),
        groups: own?.groups ?? {},
        bad: Object.fromEntries(log.badByPhase.get(phase.name) ?? []),
      },
    ]
  })
}

/**
 * The rows that are one side of a comparison.
 * @param rateOf what the best phase has most of
 */
export function phasesOf(side: Side, rows: PhaseRow[], rateOf: (row: PhaseRow) => number): PhaseRow[] {
  const own = rows.filter(({ kind, seconds }) => kind === side.in && seconds > 0)
  switch (side.which) {
    case 'best':
      return own.toSorted((a, b) => rateOf(b) - rateOf(a)).slice(0, 1)
    case 'first':
      return own.slice(0, 1)
    case 'last':
      return own.slice(-1)
    case 'first quarter':
    case 'last quarter':
      return quarterOf(side.which, own, ({ seconds }) => seconds)
    default:
      return own
  }
}

/** What was tallied under a name in these phases together; null when nothing was. */
export function histogramOf(log: EventLog, of: string, rows: PhaseRow[]): Omit<Histogram, 'type'> | null {
  const parts = rows.flatMap(({ phase }) => log.tallies.get(of)?.get(phase) ?? [])
  const growth = parts[0]?.growth
  if (growth === undefined) return null
  const buckets: Record<string, number> = {}
  for (const part of parts)
    for (const [bucket, n] of Object.entries(part.buckets)) buckets[bucket] = (buckets[bucket] ?? 0) + n
  return { growth, buckets }
}
