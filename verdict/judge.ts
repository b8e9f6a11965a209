// From evidence to the verdict of a run. The same code judges one run, many shards merged, and the epochs of a soak.
import { accounted } from './accounts.ts'
import { capacityOf } from './capacity.ts'
import { kindsOf, ruleKey } from './criterion.ts'
import type { Criterion, Rule } from './criterion.ts'
import type { Evidence, Histogram, RunEvidence } from './evidence.ts'
import { generatorFaults } from './generator.ts'
import { criterionFields, type Judgement } from './judgement.ts'
import { machineFaults, machineVerdict } from './machine.ts'
import { judgeRule } from './rules.ts'
import { histogramQuantile } from './statistics.ts'
import type { CriterionVerdict, FaultVerdict, PayoutTimes, Status, Verdict } from './verdict.ts'
import { witnessOf } from './witness.ts'
import { phaseText } from './wording.ts'

export interface JudgeInput {
  /** Criteria by id, that this run claims to decide. */
  claimed: Record<string, Criterion>
  /** Ids without which a PASS would be hollow. */
  required: string[]
  notClaimed: { id: string; why: string }[]
  /** Of the whole run: one shard's, or mergeRuns(...).evidence. */
  evidence: RunEvidence
  /** mergeRuns(...).reasons; empty for a run of one shard. */
  mergeReasons: string[]
  /** Why the run ended before its plan did, if somebody or something ended it. */
  interrupted?: string
  /** DURATION cut the plan short. */
  partial: boolean
  target: string
  leftovers: string[]
  /** The exact command that repeats the run. */
  repeat: string
  faults?: FaultVerdict[]
}

/** A rule about correctness: how fast the generator was cannot excuse that it is broken. */
const isCorrectness = (rule: Rule): boolean =>
  rule.judge === 'law' || rule.judge === 'fault' || (rule.judge === 'never' && rule.waits !== true)

/** How much a status weighs: the heaviest decides. A broken correctness rule outweighs a spoilt measurement. */
function weight(status: Status, correctness: boolean): number {
  if (status === 'FAIL' && correctness) return 4
  return { PASS: 0, UNDECIDED: 1, FAIL: 2, INVALID: 3 }[status]
}

interface Doubts {
  /** Why nothing but a broken correctness rule can be believed. */
  merge: string[]
  /** Why load and latency cannot be believed: the generator lagged, or services had no cores. */
  circumstances: string[]
  /** Why what was not broken may yet have been. */
  cutShort: string | undefined
  /** Faults that were not proven to have bitten. */
  toothless: string[]
}

/** A rule's judgement as the circumstances leave it. */
function doubted(rule: Rule, judgement: Judgement, doubts: Doubts): Judgement {
  const { status, reason } = judgement
  const but = (other: Status, why: string): Judgement => ({
    ...judgement,
    status: other,
    reason: `${why} (measured: ${reason})`,
  })
  if (status === 'FAIL' && isCorrectness(rule)) return judgement
  const distrust = [...doubts.merge, ...(isCorrectness(rule) ? [] : doubts.circumstances)]
  if (distrust.length > 0) return but('INVALID', distrust.join('; '))
  if (status === 'INVALID') return judgement
  if (doubts.toothless.length > 0 && bindsToFaults(rule))
    return but('UNDECIDED', `no proof that the fault took effect: ${doubts.toothless.join(', ')}`)
  if (doubts.cutShort !== undefined && (status === 'PASS' || comparesTime(rule)))
    return but('UNDECIDED', `the run was cut short: ${doubts.cutShort}`)
  return judgement
}

/** What was done in a time: of a run that was cut short the end of that time is not known. */
const comparesTime = ({ judge }: Rule): boolean => judge === 'rate' || judge === 'ratio'

/** What became of the faults themselves is judged by their own rules, whether or not they bit. */
const bindsToFaults = (rule: Rule): boolean => {
  if (rule.judge === 'fault') return false
  if (rule.judge === 'recovery') return rule.after === 'fault'
  return kindsOf(rule).some((kind) => kind === 'fault' || kind === 'degraded')
}

interface Weighed {
  verdict: CriterionVerdict
  weight: number
}

function judgeCriterion(id: string, criterion: Criterion, input: JudgeInput, doubts: Doubts): Weighed {
  const judged = criterion.rules.map((rule, index) => {
    const key = ruleKey(id, index)
    const judgement = doubted(rule, judgeRule(rule, input.evidence.rules[key], input.evidence.seed), doubts)
    const shown = input.evidence.shown?.[key]
    const observed = shown === undefined ? judgement.observed : `${judgement.observed}; ${shown}`
    return {
      rule,
      judgement: { ...judgement, observed },
      weight: weight(judgement.status, isCorrectness(rule)),
    }
  })
  const most = judged.reduce((worst, { weight }) => Math.max(worst, weight), 0)
  const deciding = judged.find(({ weight }) => weight === most)
  if (deciding === undefined)
    throw new Error(`criterion "${id}": expected at least one rule, got none; give it one in thresholds/`)
  const { rule, judgement } = deciding
  const broken = judged.flatMap(({ judgement: { status } }, index) => (status === 'FAIL' ? [index] : []))
  return {
    weight: most,
    verdict: {
      id,
      text: criterion.text,
      source: criterion.source,
      ...criterionFields(judged, deciding),
      phase: phaseText(rule),
      witness:
        judgement.status === 'FAIL' ? witnessOf(id, criterion, broken, input.evidence, input.repeat) : null,
    },
  }
}

/**
 * The evidence with its accounts of promises settled. They stay open where a part of the run is missing or was cut
 * short: what another part promised, or found, would be taken for lost, and a loss outweighs every doubt.
 */
function settled({ evidence, mergeReasons }: JudgeInput): RunEvidence {
  if (!evidence.complete || mergeReasons.length > 0) return evidence
  const rules = Object.entries(evidence.rules).map(([key, found]): [string, Evidence] => [
    key,
    found.type === 'counts' ? accounted(found) : found,
  ])
  return { ...evidence, rules: Object.fromEntries(rules) }
}

/** Judges a run: each claimed criterion, then the worst of them and of what concerns the run as a whole. */
export function judgeRun(given: JudgeInput): Verdict {
  const input = { ...given, evidence: settled(given) }
  const { evidence } = input
  const faults = input.faults ?? []
  const cutShort =
    input.interrupted ?? (evidence.complete ? undefined : 'the load generator ended before its plan did')
  const doubts: Doubts = {
    merge: input.mergeReasons,
    circumstances: circumstancesOf(evidence, cutShort !== undefined),
    cutShort,
    toothless: faults
      .filter(({ bite }) => !bite)
      .map(({ id, problem }) => (problem === null ? id : `${id} (${problem})`)),
  }
  const weighed = Object.entries(input.claimed).map(([id, criterion]) =>
    judgeCriterion(id, criterion, input, doubts),
  )
  const { status, reasons } = ofRun(input, weighed, doubts, faults)
  const { generator } = evidence
  const capacity = evidence.byPhase === undefined ? null : capacityOf(evidence.byPhase, input.claimed)
  return {
    schema: 1,
    run: evidence.run,
    scenario: evidence.scenario,
    system: evidence.system,
    case: evidence.case,
    profile: evidence.profile,
    partial: input.partial,
    seed: evidence.seed,
    target: input.target,
    started: new Date(evidence.started).toISOString(),
    seconds: (evidence.ended - evidence.started) / 1000,
    verdict: status,
    line: lineOf(status, weighed, input.notClaimed.length, reasons),
    reasons,
    criteria: weighed.map(({ verdict }) => verdict),
    faults,
    generator: {
      offered: generator.planned,
      delivered: generator.started,
      dropped: generator.dropped,
      lag_ms: generator.lag.p99Ms,
      cpu: generator.cpu?.cores ?? null,
    },
    ...(evidence.machine === undefined ? {} : { machine: machineVerdict(evidence.machine) }),
    not_claimed: input.notClaimed,
    phases: evidence.phases,
    steps: evidence.steps,
    ...(capacity === null ? {} : { capacity }),
    ...(evidence.payments === undefined
      ? {}
      : { payments: { ...evidence.payments, times: timesOf(evidence.payoutTimes) } }),
    leftovers: input.leftovers,
    repeat: input.repeat,
  }
}

/** Why load and latency say nothing of the system; empty when they do. */
export const circumstancesOf = ({ generator, machine }: RunEvidence, cutShort: boolean): string[] => [
  ...generatorFaults(generator, cutShort),
  ...machineFaults(machine),
]

function timesOf(histogram: Histogram | undefined): PayoutTimes | null {
  if (histogram === undefined) return null
  const at = (p: number): number => histogramQuantile(histogram, p) ?? 0
  const n = Object.values(histogram.buckets).reduce((sum, count) => sum + count, 0)
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}

function ofRun(input: JudgeInput, weighed: Weighed[], doubts: Doubts, faults: FaultVerdict[]) {
  const undecided: string[] = []
  if (weighed.length === 0) undecided.push('no criterion was claimed, so nothing was judged')
  for (const id of input.required) {
    if (input.claimed[id] !== undefined) continue
    const why = input.notClaimed.find((other) => other.id === id)?.why ?? 'this case does not judge it'
    undecided.push(`the required criterion ${id} was not claimed: ${why}`)
  }
  if (doubts.cutShort !== undefined) undecided.push(`the run was cut short: ${doubts.cutShort}`)
  const unhealed = faults.filter(({ healed }) => !healed).map(({ id }) => `the fault ${id} did not heal`)
  const distrust = [...doubts.merge, ...doubts.circumstances]
  const all: { weight: number; status: Status }[] = weighed.map(({ weight, verdict }) => ({
    weight,
    status: verdict.status,
  }))
  const add = (status: Status, correctness: boolean, why: string[]): void => {
    if (why.length > 0) all.push({ status, weight: weight(status, correctness) })
  }
  add('UNDECIDED', false, undecided)
  add('FAIL', true, unhealed)
  add('INVALID', false, distrust)
  const worst = all.reduce((most, each) => (each.weight > most.weight ? each : most), {
    weight: 0,
    status: 'PASS' as Status,
  })
  return { status: worst.status, reasons: [...unhealed, ...distrust, ...undecided] }
}

/** Ids that the line names. */
const namedIds = 5

/** "PASS 14 of 17 (3 not claimed)", "FAIL 2 of 11: load.latency-p95, load.latency-p99". */
function lineOf(status: Status, weighed: Weighed[], notClaimed: number, reasons: string[]): string {
  const ids = weighed.filter(({ verdict }) => verdict.status === status).map(({ verdict }) => verdict.id)
  const count = `${status} ${ids.length} of ${weighed.length + notClaimed}`
  if (status === 'PASS') return notClaimed > 0 ? `${count} (${notClaimed} not claimed)` : count
  if (reasons[0] !== undefined && (status === 'INVALID' || ids.length === 0)) return `${count}: ${reasons[0]}`
  const more = ids.length - namedIds
  return `${count}: ${ids.slice(0, namedIds).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
