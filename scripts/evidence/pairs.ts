// Evidence of rules that compare two sides of a run: what residents tallied in the phases of each.
import type { Rule } from '../../verdict/criterion.ts'
import type { HistogramPair, PhaseRow, RatePair } from '../../verdict/evidence.ts'
import type { EventLog } from './events.ts'
import { histogramOf, phasesOf, tallied } from './phase-rows.ts'

/** What was told, and the phases in which it was. */
interface Told {
  log: EventLog
  rows: PhaseRow[]
}

/** How much was done a second, or a second and unit of the level, on either side. */
export function ratePair(rule: Extract<Rule, { judge: 'ratio' }>, { log, rows }: Told): RatePair {
  const events = ({ phase }: PhaseRow): number => tallied(log, rule.of, phase)
  const exposure = ({ seconds, level }: PhaseRow): number =>
    rule.per === 'level' ? seconds * level : seconds
  const sideOf = (side: typeof rule.now) => {
    const own = phasesOf(side, rows, (row) => events(row) / exposure(row))
    return {
      events: own.reduce((sum, row) => sum + events(row), 0),
      exposure: own.reduce((sum, row) => sum + exposure(row), 0),
    }
  }
  return { type: 'rate-pair', now: sideOf(rule.now), before: sideOf(rule.before) }
}

/** Of each side: how many of one tally there were, and of the other as what they are a part of. */
export function sharePair(rule: Extract<Rule, { judge: 'falls' }>, { log, rows }: Told): RatePair {
  const sideOf = (side: typeof rule.now) => {
    const own = phasesOf(side, rows, (row) => row.seconds)
    const sum = (name: string): number => own.reduce((all, { phase }) => all + tallied(log, name, phase), 0)
    return { events: sum(rule.of), exposure: sum(rule.among) }
  }
  return { type: 'rate-pair', now: sideOf(rule.now), before: sideOf(rule.before) }
}

/** The values of either side; undefined where nothing was tallied. */
export function histogramPair(
  rule: Extract<Rule, { judge: 'slower' }>,
  { log, rows }: Told,
): HistogramPair | undefined {
  const sideOf = (side: typeof rule.now) =>
    histogramOf(
      log,
      rule.of,
      phasesOf(side, rows, (row) => tallied(log, rule.of, row.phase) / row.seconds),
    )
  const [now, before] = [sideOf(rule.now), sideOf(rule.before)]
  const growth = (now ?? before)?.growth
  if (growth === undefined) return undefined
  const nothing = { growth, buckets: {} }
  return { type: 'histogram-pair', now: now ?? nothing, before: before ?? nothing }
}
