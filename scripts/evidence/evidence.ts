// Completes what k6 wrote as evidence with what only the runner knows: seconds, phases, units, event times, resources.
import type { Plan } from '../../lib/plan/plan.ts'
import { growth } from '../../lib/drive/tally.ts'
import { isJoined, isOfCheck, kindsOf, ruleKey } from '../../verdict/criterion.ts'
import type { JoinedRule, Rule } from '../../verdict/criterion.ts'
import type {
  BadOperation,
  Counts,
  Evidence,
  Histogram,
  Moments,
  PhaseRow,
  PhaseSpan,
  ProcessEvidence,
  Resources,
  RunEvidence,
  Units,
} from '../../verdict/evidence.ts'
import type { Findings, JoinedSample } from '../../verdict/oracles/oracle.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { machineOf } from '../../verdict/machine.ts'
import { backToNormal } from './back-to-normal.ts'
import { broughtFor, lostOf } from './brought.ts'
import type { EventLog } from './events.ts'
import { generatorCpu } from './generator-cpu.ts'
import { joinedCounts } from './joined.ts'
import { entry } from './map-entry.ts'
import { rowsOf } from './phase-rows.ts'
import { withCount, withFigure } from './own-count.ts'
import { histogramPair, ratePair, sharePair } from './pairs.ts'
import { blocksOf, lengthMs } from './second-blocks.ts'
import { shownBeside } from './shown.ts'
import { stepsIn, windowsOf } from './stretches.ts'
import { resourcesIn, type Sampled } from './work-blocks.ts'

/** Everything that a rule's evidence is made of. */
interface Seen {
  log: EventLog
  sampled: Sampled
  spans: PhaseSpan[]
  rows: PhaseRow[]
  /** What each oracle found; nothing of one that no history was kept for, or none that it could judge by. */
  findings: Record<string, Findings>
  joined: Record<string, JoinedSample[]>
  /** What was bad among what oracles put together. */
  bad: BadOperation[]
  faults: FaultVerdict[]
  work: Plan['work']
  /** A day's samples are put into blocks once, however many rules judge them so. */
  resources: Map<string, Resources>
}

/** Phases in Unix ms from T0, cut at the end of the run; simulated ones are as long as they are simulated. */
function spansOf(plan: Plan, t0: number, wallEnd: number): PhaseSpan[] {
  const ended = plan.clock === 'virtual' ? Infinity : wallEnd
  return plan.phases
    .map(({ name, kind, start, end }) => ({
      name,
      kind,
      start: t0 + start * 1000,
      end: Math.min(t0 + end * 1000, ended),
    }))
    .filter(({ start, end }) => end > start)
}

/** So many times the expected samples there may be: whoever waits for a slow system looks again and again. */
const moreThanPlanned = 1.5

/** The counts of a run that is not over, as if all that is still to come were good, and more of it than planned. */
export function countsSoFar(plan: Plan, log: EventLog, rule: Rule, key: string): Counts {
  const bad = log.badByRule.get(key) ?? 0
  const most = moreThanPlanned * (plan.expected[key]?.samples ?? 0)
  const counts: Counts = { type: 'counts', n: Math.max(bad, Math.ceil(most)), bad }
  const judged = spansOf(plan, log.t0 ?? 0, Infinity).filter(({ kind }) => kindsOf(rule).includes(kind))
  return { ...counts, blocks: blocksOf(counts, judged, [], log.badSeconds.get(key) ?? new Map()) }
}

function unitsOf(rule: Extract<Rule, { judge: 'gini' }>, { log }: Seen): Units {
  const units = new Map<string, Units['units'][string]>()
  for (const { of, kind, unit, quantity, capacity } of log.units.values()) {
    if (of !== rule.of || !(rule.in as string[]).includes(kind)) continue
    const known = entry(units, unit, () => ({ quantity: 0, capacity: 0 }))
    known.quantity += quantity
    known.capacity += capacity
  }
  return { type: 'units', units: Object.fromEntries(units) }
}

function resources({ judge }: Rule, judged: PhaseSpan[], { log, sampled, work, resources }: Seen): Resources {
  const key = JSON.stringify([judge === 'busy', judged.map(({ name }) => name)])
  return entry(resources, key, () => {
    const completed = (work === undefined ? undefined : log.points.get(work.done))?.all() ?? []
    return resourcesIn(judge, judged, sampled, completed)
  })
}

/** What was told of each value, in the kinds of phases that the rule judges. */
function momentsOf(rule: Extract<Rule, { judge: 'mean' }>, { log }: Seen): Moments {
  const moments: Moments = { type: 'moments', n: 0, sum: 0, seconds: {} }
  for (const kind of rule.in) {
    for (const [second, [n, sum]] of log.times.get(rule.of)?.get(kind) ?? []) {
      const known = (moments.seconds[second] ??= [0, 0])
      known[0] += n
      known[1] += sum
      moments.n += n
      moments.sum += sum
    }
  }
  return moments
}

/**
 * What the oracle compared for these laws, and what it found broken. Without an oracle nothing was compared; a law that
 * nothing was held against has not been kept, however much there was for the others.
 */
function lawfulness(rule: Extract<Rule, { judge: 'law' }>, { findings }: Seen): Counts | undefined {
  const found = findings[rule.oracle]
  if (found === undefined) return undefined
  const own = rule.laws.map((law) => found.laws[law] ?? { checks: 0, violations: 0 })
  const unobserved = rule.laws.filter((law) => (found.laws[law]?.checks ?? 0) === 0)
  const unresolved = Math.max(found.unresolved, found.undecided.length)
  return {
    type: 'counts',
    n: own.reduce((sum, { checks }) => sum + checks, 0),
    bad: own.reduce((sum, { violations }) => sum + violations, 0),
    ...(unresolved > 0 ? { unresolved } : {}),
    ...(unobserved.length > 0 ? { unobserved } : {}),
  }
}

/** Of a fault that was not shown to bite it is not known what it did; one that did not heal is a violation. */
function becameOf({ of }: Extract<Rule, { judge: 'fault' }>, { faults }: Seen): Counts {
  const lacking = faults.filter((fault) => (of === 'bite' ? !fault.bite : !fault.healed)).length
  const counts: Counts = { type: 'counts', n: faults.length, bad: of === 'heal' ? lacking : 0 }
  return of === 'bite' && lacking > 0 ? { ...counts, unresolved: lacking } : counts
}

/** Nothing of an oracle that was not told anything, or could not judge it. */
function joinedFor(rule: JoinedRule, key: string, { joined, spans, bad }: Seen): Counts | undefined {
  const samples = joined[rule.oracle]
  if (samples === undefined) return undefined
  const found = joinedCounts(rule, key, samples, spans)
  bad.push(...found.bad)
  return found.counts
}

/** A rule's evidence. `counts` is what k6 counted for it. */
function evidenceFor(
  rule: Rule,
  key: string,
  counts: Evidence | undefined,
  seen: Seen,
): Evidence | undefined {
  if (isJoined(rule)) return joinedFor(rule, key, seen)
  const judged = seen.spans.filter(({ kind }) => kindsOf(rule).includes(kind))
  const bad = seen.log.badSeconds.get(key) ?? new Map<number, number>()
  switch (rule.judge) {
    case 'gini':
      return unitsOf(rule, seen)
    case 'recovery':
      return backToNormal(rule, counts, seen, bad)
    case 'ratio':
      return ratePair(rule, seen)
    case 'slower':
      return histogramPair(rule, seen)
    case 'falls':
      return sharePair(rule, seen)
    case 'leak':
    case 'cost':
    case 'bounded':
    case 'busy':
      return resources(rule, judged, seen)
    case 'mean':
      return momentsOf(rule, seen)
    case 'law':
      return lawfulness(rule, seen)
    case 'agrees':
      return counts?.type === 'agreement' ? withFigure(counts, rule, seen) : counts
    case 'fault':
      return becameOf(rule, seen)
    case 'rate':
      if (counts?.type !== 'counts') return counts
      return {
        type: 'rate',
        events: counts.n - counts.bad,
        exposure: lengthMs(judged) / 1000,
        ...windowsOf(rule, key, judged, seen.log),
      }
    default:
      // A check is made at one moment, before there is any phase whose seconds could be told apart.
      if (counts?.type !== 'counts') return counts
      if (isOfCheck(rule)) return rule.judge === 'never' ? withCount(counts, rule, seen) : counts
      return {
        ...counts,
        blocks: blocksOf(counts, judged, seen.rows, bad),
        ...stepsIn(rule, judged, seen.rows),
      }
  }
}

const timesOf = ({ timeBuckets }: EventLog): Record<string, Histogram> =>
  Object.fromEntries(
    [...timeBuckets].map(([of, buckets]): [string, Histogram] => [
      of,
      { type: 'histogram', growth, buckets },
    ]),
  )

/** What the runner brings besides what k6 wrote and told. */
export interface Brought extends Sampled {
  /** Why what became of the machine's processors is not judged here; null where it is. */
  unjudged: string | null
  /** The keeper's names of k6's processes. */
  names: string[]
  findings: Record<string, Findings>
  joined: Record<string, JoinedSample[]>
  faults: FaultVerdict[]
}

/**
 * The evidence of a whole run, ready to be judged.
 * @param written what k6 wrote, that of all processes merged
 */
export function completeEvidence(
  written: ProcessEvidence,
  plan: Plan,
  log: EventLog,
  { unjudged, names, findings, joined, faults, ...sampled }: Brought,
): RunEvidence {
  const spans = spansOf(plan, log.t0 ?? written.started, written.ended)
  const rows = rowsOf(plan, spans, log, written.byPhase)
  const seen: Seen = {
    log,
    sampled,
    spans,
    rows,
    findings,
    joined,
    bad: [],
    faults,
    work: plan.work,
    resources: new Map(),
  }
  const rules: Record<string, Evidence> = {}
  const misfits = [...log.misfits]
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const key = ruleKey(id, index)
      const brought = broughtFor(rule, log)
      const found = brought ?? evidenceFor(rule, key, written.rules[key], seen)
      if (found === undefined) return
      const misfit =
        typeof found === 'string' ? found : brought === undefined ? null : lostOf(written.rules[key], found)
      if (misfit !== null) misfits.push(`${key}: ${misfit}`)
      if (typeof found !== 'string')
        rules[key] = plan.clock === 'virtual' ? { ...found, clock: 'virtual' } : found
    })
  }
  const shown = shownBeside(plan, log, written.shown ?? {})
  const { samples, machine } = sampled
  const ofServices = samples.filter(({ service }) => !names.includes(service))
  return {
    ...written,
    ...(misfits.length === 0 ? {} : { misfits }),
    // Several processes are started some time before their common start, and wait for it.
    started: names.length > 1 ? (log.t0 ?? written.started) : written.started,
    phases: spans,
    rules,
    ...(Object.keys(shown).length === 0 ? {} : { shown }),
    byPhase: rows,
    bad: [...log.bad, ...seen.bad],
    ...(Object.keys(findings).length === 0 ? {} : { findings }),
    ...(log.timeBuckets.size === 0 ? {} : { times: timesOf(log) }),
    generator: { ...written.generator, cpu: generatorCpu(samples, names) },
    // Nothing that is simulated waits for a core of this machine.
    ...(plan.clock === 'virtual' ? {} : { machine: machineOf(ofServices, machine, spans, unjudged) }),
  }
}
