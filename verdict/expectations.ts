// What a source expects, beside what was measured. Pure; nothing here changes the verdict of a criterion or of a run.
import { ruleKey } from './criterion.ts'
import type { Criterion, PhaseKind } from './criterion.ts'
import type { Clock, PhaseRow, RunEvidence, StepRow } from './evidence.ts'
import type { Expectation, ExpectedRow, Measure } from './expectation.ts'
import { kindsKey } from './figures.ts'
import type { Doubts } from './doubts.ts'
import { decimal, exact, whole } from './wording.ts'

export interface ExpectedVerdict {
  /** The figure in the source's words. */
  text: string
  /** What the source expects, in words. */
  range: string
  /** In `unit`; null where nothing was measured. */
  measured: number | null
  unit: string
  /** What was measured, in words, and what exactly it is; empty where nothing was. */
  shown: string
  /** Null where it was not measured, or where that does not tell; then `why` says why. */
  held: boolean | null
  why?: string
}

export interface ExpectationVerdict {
  id: string
  text: string
  source: string
  /** Set where the load was smaller than the one that the source speaks of: how large both are, in words. */
  load?: string
  rows: ExpectedVerdict[]
}

/** What is expected of a run, and what it was loaded with. */
export interface Expected {
  /** By id, as the plan has them. */
  expectations: Record<string, Expectation>
  peakLevel: number
}

interface Seen extends Expected {
  claimed: Record<string, Criterion>
  evidence: RunEvidence
  unit: string
}

/**
 * What was measured, and what it is. `most`: it may have been as much as that; `offered`: no more than that was asked for. Otherwise
 * why nothing was measured.
 */
type Found = Measured | { why: string }
interface Measured {
  value: number
  says: string
  most?: number
  offered?: number
}

/** Why nothing is said of any figure; null where there is no reason. */
export function whyOpen(doubts: Doubts, clock: Clock = 'wall'): string | null {
  const { merge, late, circumstances, code, cutShort, onlyPart } = doubts
  const distrust = [...merge, ...(clock === 'virtual' ? code : [...late, ...circumstances])]
  if (distrust.length > 0) return `${distrust.join('; ')} (the figure is not to be trusted)`
  if (cutShort !== undefined) return `the run was cut short: ${cutShort}`
  return onlyPart.length > 0 ? onlyPart.join('; ') : null
}

/** @param open see whyOpen() */
export const expectationVerdicts = (seen: Seen, open: string | null): ExpectationVerdict[] =>
  Object.entries(seen.expectations).map(([id, expectation]) => {
    const { text, source, level, rows } = expectation
    const load = isSmaller(seen, level) ? { load: smallerText(seen, level) } : {}
    return { id, text, source, ...load, rows: rows.map((row) => verdictOf(row, level, seen, open)) }
  })

const isSmaller = ({ peakLevel }: Expected, level: number | undefined): level is number =>
  level !== undefined && peakLevel < level

const smallerText = ({ peakLevel, unit }: Seen, level: number): string =>
  `the source speaks of a load of ${whole(level)} ${unit}, and this one goes to ${whole(peakLevel)}`

function verdictOf(
  row: ExpectedRow,
  level: number | undefined,
  seen: Seen,
  open: string | null,
): ExpectedVerdict {
  const { text, unit, measure } = row
  const found = measured(measure, seen)
  const fixed = { text, range: rangeText(row), unit }
  if (!('value' in found)) return { ...fixed, measured: null, shown: '', held: null, why: found.why }
  const { value, most = value, says } = found
  const amount = `${amountText(value)} ${unit}`
  const all = {
    ...fixed,
    measured: exact(value),
    shown: `${most > value ? 'at least ' : ''}${amount}: ${says}`,
  }
  const why = open ?? whyUntold(row, found, level, seen)
  return why === null ? { ...all, held: isHeld(row, value) } : { ...all, held: null, why }
}

/** Figures that a smaller load makes smaller. */
const growWithLoad: Measure['figure'][] = ['processors', 'memory', 'network']

/** Why the value does not tell whether what the source expects was held; null where it does. */
function whyUntold(
  row: ExpectedRow,
  { value, most = value, offered = Infinity }: Measured,
  level: number | undefined,
  seen: Seen,
): string | null {
  const { from = -Infinity, measure } = row
  if (isHeld(row, value) !== isHeld(row, most))
    return 'it is not known in which phases requests failed, so that it may have been enough'
  if (value >= from || isHeld(row, value)) return null
  if (offered < from) return `this load offered no more than ${amountText(offered)} a second`
  return growWithLoad.includes(measure.figure) && isSmaller(seen, level) ? smallerText(seen, level) : null
}

/** Whether a value is in the range, or on the side of it that is no worse. */
export function isHeld({ from, to, better }: ExpectedRow, value: number): boolean {
  const isUnder = from !== undefined && value < from
  const isOver = to !== undefined && value > to
  return !(isUnder && better !== 'less') && !(isOver && better !== 'more')
}

const amountText = (value: number): string => (value >= 1000 ? whole(value) : decimal(value))

/** "0.5 to 1 ms", "at least 90.5 times", "at most 60 %". */
export function rangeText({ from, to, unit }: Pick<ExpectedRow, 'from' | 'to' | 'unit'>): string {
  if (from === undefined) return `at most ${amountText(to ?? Infinity)} ${unit}`
  if (to === undefined) return `at least ${amountText(from)} ${unit}`
  return `${amountText(from)} to ${amountText(to)} ${unit}`
}

function measured(measure: Measure, seen: Seen): Found {
  switch (measure.figure) {
    case 'rate':
      return rateOf(measure, seen)
    case 'percentile':
      return percentileOf(measure, seen)
    case 'good':
      return goodOf(measure, seen)
    case 'risen':
      return risenOf(measure, seen)
    case 'processors':
    case 'memory':
      return usedOf(measure, seen)
    case 'network':
      return networkOf(seen)
    case 'observed':
    case 'told':
      return valueOf(measure, seen)
  }
}

type MeasureOf<Figure extends Measure['figure']> = Extract<Measure, { figure: Figure }>

const noPhase = (kinds: readonly PhaseKind[]): Found => ({
  why: `this load has no phase of kind ${kinds.join(' or ')}`,
})

const stepsIn = ({ of, steps = [of] }: { of: string; steps?: string[] }, { evidence }: Seen): StepRow[] =>
  evidence.steps.filter(({ step, requests }) => steps.includes(step) && requests > 0)

/**
 * Failures are known by step and not by phase, so that all those of the run are taken off, and where that matters it stays open.
 */
function rateOf(measure: MeasureOf<'rate'>, seen: Seen): Found {
  const { evidence } = seen
  const rows = (evidence.byPhase ?? []).filter(({ kind }) => measure.in.includes(kind))
  const seconds = rows.reduce((sum, row) => sum + row.seconds, 0)
  if (seconds === 0) return noPhase(measure.in)
  const sumOf = (count: (row: PhaseRow) => number): number => rows.reduce((sum, row) => sum + count(row), 0)
  const requests = sumOf(({ groups }) => groups[measure.of]?.requests ?? 0)
  const dropped = sumOf(({ groups }) => groups[measure.of]?.dropped ?? 0)
  if (requests + dropped === 0) return { why: `nobody sent a request of ${measure.of}` }
  // A refusal is a failure everywhere but in overload, and then it is among these.
  const isRefused = evidence.phases.some(({ kind }) => kind === 'overload')
  const bad = stepsIn(measure, seen).reduce(
    (sum, { failed, refused }) => sum + failed + (isRefused ? refused : 0),
    0,
  )
  const value = Math.max(0, requests - bad) / seconds
  const offered = (requests + dropped) / seconds
  const says = `good requests of ${measure.of} a second, in ${measure.in.join(' and ')}, of ${amountText(offered)} offered`
  return { value, most: requests / seconds, offered, says }
}

function percentileOf(measure: MeasureOf<'percentile'>, seen: Seen): Found {
  const rows = stepsIn(measure, seen)
  const timeOf = (row: StepRow): number => row[`p${measure.p}`]
  const [slowest] = rows.toSorted((a, b) => timeOf(b) - timeOf(a))
  if (slowest === undefined) return { why: `nobody sent a request of ${measure.of}` }
  const among = rows.length > 1 ? `, the slowest step of ${measure.of}` : ''
  const parts = seen.evidence.of > 1 ? `, of the slowest of ${seen.evidence.of} processes` : ''
  const says = `k6's own P${measure.p} of ${slowest.step}${among}${parts}, in the whole run`
  return { value: timeOf(slowest), says }
}

function goodOf({ of, criterion }: MeasureOf<'good'>, { claimed, evidence }: Seen): Found {
  const rules = claimed[criterion]?.rules ?? []
  const index = rules.findIndex((rule) => rule.judge === 'share' && rule.of.includes(of))
  if (index === -1) return { why: `${criterion} was not claimed` }
  const counts = evidence.rules[ruleKey(criterion, index)]
  if (counts?.type !== 'counts' || counts.n === 0) return { why: `nobody observed ${of}` }
  const says = `of ${whole(counts.n)} of ${of}, as ${criterion} judges them`
  return { value: 100 * (1 - counts.bad / counts.n), says }
}

function risenOf({ of, whole: all }: MeasureOf<'risen'>, { evidence }: Seen): Found {
  const [part, total] = [of, all].map((name) => evidence.figures?.points[name])
  const untold = part === undefined ? of : total === undefined ? all : null
  if (part === undefined || total === undefined) return { why: `nobody told the point ${untold}` }
  const [rise, most] = [part.last - part.first, total.last - total.first]
  if (!(most > 0)) return { why: `the point ${all} did not rise` }
  if (rise < 0) return { why: `the point ${of} fell, so that its source began anew` }
  return {
    value: (100 * rise) / most,
    says: `the rise of ${of} in that of ${all}, from the first told to the last`,
  }
}

function usedOf({ figure, in: kinds }: MeasureOf<'processors' | 'memory'>, { evidence }: Seen): Found {
  if (!evidence.phases.some(({ kind }) => kinds.includes(kind))) return noPhase(kinds)
  const used = evidence.figures?.services[kindsKey(kinds)]
  if (used === undefined) return { why: 'nobody sampled the services' }
  const where = `all services together, in ${kinds.join(' and ')}`
  if (figure === 'memory') return { value: used.memoryBytes / 1e6, says: `the highest of ${where}` }
  const { processors, allowed } = used
  if (allowed === null) return { why: 'it is not known how many processors the services may use' }
  const says = `the mean of ${where}: ${decimal(processors)} of ${decimal(allowed)} processors`
  return { value: (100 * processors) / allowed, says }
}

function networkOf({ evidence: { network, phases } }: Seen): Found {
  const start = Math.min(...phases.map((phase) => phase.start))
  const seconds = (Math.max(...phases.map((phase) => phase.end)) - start) / 1000
  if (network === undefined) return { why: 'k6 did not say how many bytes it sent and received' }
  if (!(seconds > 0)) return { why: 'there was no load' }
  const { sentBytes, receivedBytes } = network
  const [sent, received] = [sentBytes, receivedBytes].map((bytes) => (8 * bytes) / 1e6 / seconds)
  const says = `${decimal(sent!)} sent and ${decimal(received!)} received by k6, over ${whole(seconds)} s of load`
  return { value: sent! + received!, says }
}

const whichText = { least: 'smallest', most: 'largest', last: 'last' } as const

function valueOf({ figure, of, which }: MeasureOf<'observed' | 'told'>, { evidence }: Seen): Found {
  const values = evidence.figures?.[figure === 'told' ? 'points' : 'observations'][of]
  if (values === undefined) return { why: `nobody told a value of ${of}` }
  return { value: values[which], says: `the ${whichText[which]} value of ${of}` }
}
