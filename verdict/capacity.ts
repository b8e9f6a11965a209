// Capacity: which steps of a ramp held, which broke first and by what, and what is left of the work under overload.
import gammaQuantile from '@stdlib/stats-base-dists-gamma-quantile'
import { ruleKey, type Criterion, type Rule } from './criterion.ts'
import type { PhaseRow } from './evidence.ts'
import { farthestKnee, fewestPoints, scalabilityOf, type Scalability } from './scalability.ts'
import { mostSamples, samplesToDecide, shareBounds } from './statistics.ts'
import { heldWithin, type Held } from './steps.ts'
import { badText, decimal, exact, percentage, whole } from './wording.ts'

/** One step of the ramp. Rates are completed work per second. */
export interface CapacityStep {
  phase: string
  level: number
  offeredPerSecond: number
  completedPerSecond: number
  /** The 95 % interval of a Poisson count, as a rate. */
  completedInterval: [low: number, high: number]
  held: Held
  /** Ids of the criteria that are shown to be broken in this step. */
  broken: string[]
  /** The bound nearest to its limit, or farthest beyond it, in words. */
  bound: string
}

/** Work completed in time, per second. */
export interface Goodput {
  bestPhase: string
  bestPerSecond: number
  overloadLevel: number
  overloadPerSecond: number
  /** Of the best step's goodput, how much was left under overload; 1 is all of it. */
  share: number
}

export interface Capacity {
  /** By level, the lowest first. */
  steps: CapacityStep[]
  /** Index of the last step that held while all before it held too; null when not even the first is shown to hold. */
  last: number | null
  firstBroken: { phase: string; ids: string[] } | null
  usl: Scalability | null
  /** What must be known to read the fit rightly, or why there is none. */
  note: string
  goodput: Goodput | null
}

/** Fewer steps are a comparison, not a ramp. */
const fewestSteps = 3
/** Points that scatter more than this, as a ratio of variances, do not follow the curve closely. */
const wideScatter = 2

type ShareRule = Extract<Rule, { judge: 'share' }>
interface StepRule {
  id: string
  key: string
  rule: ShareRule
  group: string
}

/** The rules whose observations are counted by phase: shares of a group of steps under normal load. */
function stepRules(claimed: Record<string, Criterion>, groups: ReadonlySet<string>): StepRule[] {
  return Object.entries(claimed).flatMap(([id, criterion]) =>
    criterion.rules.flatMap((rule, index) => {
      if (rule.judge !== 'share' || !rule.in.includes('normal')) return []
      // A rule of shares names one thing.
      const group = rule.of[0]
      return group === undefined || !groups.has(group) ? [] : [{ id, key: ruleKey(id, index), rule, group }]
    }),
  )
}

interface RuleInStep {
  id: string
  held: Held
  /** How near the deciding bound is to the limit, as a ratio; the larger, the worse. */
  nearness: number
  text: string
}

function judgeInStep({ id, key, rule, group }: StepRule, row: PhaseRow): RuleInStep {
  const { requests = 0, dropped = 0 } = row.groups[group] ?? {}
  const n = requests + dropped
  const bad = (row.bad[key] ?? 0) + dropped
  const of = `${whole(bad)} of ${whole(n)}`
  if (!(bad >= 0 && bad <= n))
    return { id, held: 'undecided', nearness: Infinity, text: `${id}: ${of} bad, which contradicts itself` }
  const { lower, upper } = shareBounds(bad, n)
  const held = heldWithin({ lower, upper }, rule.limit)
  const bounds = {
    yes: `at most ${percentage(upper)}`,
    no: `at least ${percentage(lower)}`,
    undecided: `between ${percentage(lower)} and ${percentage(upper)}`,
  }[held]
  const broken = badText(rule)
  const needed = held === 'undecided' ? samplesToDecide(bad, n, rule.limit) : 0
  const more = needed > 0 && needed < mostSamples ? `; ${whole(needed)} requests would decide` : ''
  const text = `${id}: ${bounds} ${broken} (${of}), allowed ${percentage(rule.limit)}${more}`
  return { id, held, nearness: (held === 'no' ? lower : upper) / rule.limit, text }
}

const severity: Record<Held, number> = { yes: 0, undecided: 1, no: 2 }

function completedInterval({ completed, seconds }: PhaseRow): [number, number] {
  const [low, high] = [0.025, 0.975] as const
  return [
    completed > 0 ? exact(gammaQuantile(low, completed, 1) / seconds) : 0,
    exact(gammaQuantile(high, completed + 1, 1) / seconds),
  ]
}

function stepOf(row: PhaseRow, rules: StepRule[]): CapacityStep {
  const judged = rules
    .map((rule) => judgeInStep(rule, row))
    .sort((a, b) => severity[b.held] - severity[a.held] || b.nearness - a.nearness)
  const worst = judged[0]
  const broken = judged.filter(({ held }) => held === 'no').map(({ id }) => id)
  return {
    phase: row.phase,
    level: row.level,
    offeredPerSecond: exact(row.offered / row.seconds),
    completedPerSecond: exact(row.completed / row.seconds),
    completedInterval: completedInterval(row),
    held: worst?.held ?? 'undecided',
    broken: [...new Set(broken)],
    bound: worst?.text ?? 'no criterion of a group of requests was claimed',
  }
}

function goodputOf(normal: PhaseRow[], overload: PhaseRow[]): Goodput | null {
  const rate = ({ inTime, seconds }: PhaseRow): number => inTime / seconds
  const best = normal.reduce((most, row) => (rate(row) > rate(most) ? row : most))
  const sum = (of: (row: PhaseRow) => number): number => overload.reduce((total, row) => total + of(row), 0)
  const seconds = sum((row) => row.seconds)
  if (seconds === 0 || best.inTime === 0) return null
  const left = sum((row) => row.inTime) / seconds
  return {
    bestPhase: best.phase,
    bestPerSecond: exact(rate(best)),
    overloadLevel: exact(sum((row) => row.level * row.seconds) / seconds),
    overloadPerSecond: exact(left),
    share: exact(left / rate(best)),
  }
}

/** What must be said of a fit, or of its absence, beside its figures. */
function noteOf(usl: Scalability | null, sizes: number[], unit: string): string {
  const most = Math.max(...sizes)
  if (usl === null)
    return sizes.length < fewestPoints
      ? `No curve is fitted: that needs steps with ${fewestPoints} different numbers of ${unit}, and there were ${sizes.length}.`
      : 'No curve is fitted: nothing was completed in at least one step, or the steps say too little.'
  const notes: string[] = []
  if (usl.knee === null)
    notes.push(`No knee is shown within ${farthestKnee} times the ${decimal(most)} ${unit} measured.`)
  else if (usl.knee.level > most)
    notes.push(`The knee lies beyond the ${decimal(most)} ${unit} measured: the curve is extended to it.`)
  if (usl.dispersion > wideScatter)
    notes.push(
      `The steps scatter around the curve with ${decimal(usl.dispersion)} times the variance of chance; the intervals allow for that.`,
    )
  return notes.join(' ')
}

/**
 * Capacity from the phases of a run and the criteria it claimed. Null when fewer than three normal phases differ in
 * their level: such a run is no ramp. A step holds or breaks by the same exact bounds as the run, with its requests
 * taken as independent of each other, because their seconds are not known step by step.
 */
export function capacityOf(
  byPhase: PhaseRow[],
  claimed: Record<string, Criterion>,
  unit: string,
): Capacity | null {
  const normal = byPhase
    .filter(({ kind, seconds }) => kind === 'normal' && seconds > 0)
    .sort((a, b) => a.level - b.level)
  const sizes = [...new Set(normal.map(({ level }) => level))]
  if (sizes.length < fewestSteps) return null
  const groups = new Set(normal.flatMap(({ groups: own }) => Object.keys(own)))
  const rules = stepRules(claimed, groups)
  const steps = normal.map((row) => stepOf(row, rules))
  const beyond = steps.findIndex(({ held }) => held !== 'yes')
  const last = (beyond < 0 ? steps.length : beyond) - 1
  const first = steps.find(({ held }) => held === 'no')
  const usl = scalabilityOf(normal)
  return {
    steps,
    last: last < 0 ? null : last,
    firstBroken: first === undefined ? null : { phase: first.phase, ids: first.broken },
    usl,
    note: noteOf(usl, sizes, unit),
    goodput: goodputOf(
      normal,
      byPhase.filter(({ kind, seconds }) => kind === 'overload' && seconds > 0),
    ),
  }
}
