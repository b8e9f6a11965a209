// From evidence to the verdict of a run. The same code judges one run, many shards merged, and the epochs of a soak.
import { accounted } from './accounts.ts'
import { asPart } from './agreement.ts'
import { capacityOf, type Capacity } from './capacity.ts'
import { ruleKey } from './criterion.ts'
import type { Criterion } from './criterion.ts'
import type { Clock, Evidence, Histogram, RunEvidence } from './evidence.ts'
import { expectationVerdicts, whyOpen, type Expected } from './expectations.ts'
import { criterionFields } from './judgement.ts'
import { machineVerdict } from './machine.ts'
import { circumstancesOf, outcomeOf } from './outcome.ts'
import { doubted, isCorrectness, type Doubts } from './doubts.ts'
import { tooFine } from './fine-limits.ts'
import { codeFaults, generatorVerdict } from './generator.ts'
import { judgeRule } from './rules.ts'
import { histogramQuantile } from './statistics.ts'
import { aloneSeverity, severity } from './severity.ts'
import { partShortfalls } from './shortfalls.ts'
import type { CriterionVerdict, FaultVerdict, TimeRow, Verdict } from './verdict.ts'
import { witnessOf } from './witness.ts'
import { phaseText } from './wording.ts'

export interface JudgeInput {
  /** Criteria by id, that this run claims to decide. */
  claimed: Record<string, Criterion>
  /** Ids without which a PASS would be hollow. */
  required: string[]
  notClaimed: { id: string; why: string }[]
  /** Of the whole run. */
  evidence: RunEvidence
  /** mergeReasons(...); empty for a run of one shard. */
  mergeReasons: string[]
  /** lateReasons(...): which processes missed the common start; left out where none could. */
  late?: string[]
  /** That of the plan's phases; wall when left out. */
  clock?: Clock
  /** Why the run ended before its plan did, if somebody ended it. */
  interrupted?: string
  /** DURATION cut the plan short. */
  partial: boolean
  /** Somebody asked for a verdict on such a part; no when left out. */
  judgesPart?: boolean
  /** What the levels of the load are counted in. */
  unit: string
  /** Whether the system says what a piece of work is: only then can its capacity be told. Yes when left out. */
  countsWork?: boolean
  target: string
  /** What the first requests found out about the target; left out where there were none. */
  preflight?: { reached: boolean; problems: string[]; baseUrl: string; cause?: string; stopped?: string }
  /** Why histories could not be judged, in words. */
  oracleProblems?: string[]
  leftovers: string[]
  /** The exact command that repeats the run. */
  repeat: string
  faults?: FaultVerdict[]
  /** What the source expects besides; left out where it expects nothing. */
  expected?: Expected
}

/** By observation: the broken rule that it rests on, in words. See Rule.backs. */
function unbackedIn({ claimed, evidence: { rules, seed } }: JudgeInput): Map<string, string> {
  const unbacked = new Map<string, string>()
  for (const [id, criterion] of Object.entries(claimed))
    for (const [index, rule] of criterion.rules.entries()) {
      if (rule.judge !== 'share' || rule.backs === undefined) continue
      const { status, observed } = judgeRule(rule, rules[ruleKey(id, index)], seed)
      if (status !== 'FAIL') continue
      for (const name of rule.backs) unbacked.set(name, `it rests on what ${id} found broken: ${observed}`)
    }
  return unbacked
}

export interface Weighed {
  verdict: CriterionVerdict
  /** See severity(). */
  weight: number
}

function judgeCriterion(id: string, criterion: Criterion, input: JudgeInput, doubts: Doubts): Weighed {
  const judged = criterion.rules.map((rule, index) => {
    const key = ruleKey(id, index)
    const evidence = input.evidence.rules[key]
    const judgement = doubted(rule, judgeRule(rule, evidence, input.evidence.seed), evidence, doubts)
    const shown = input.evidence.shown?.[key]
    const observed = shown === undefined ? judgement.observed : `${judgement.observed}; ${shown}`
    return {
      rule,
      judgement: { ...judgement, observed },
      weight: judgement.alone === true ? aloneSeverity : severity(judgement.status, !isCorrectness(rule)),
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
 * short: what another part promised, or found, would be taken for lost, and a loss outweighs every doubt. So it is with what the
 * target counted of another part.
 */
function settled({ evidence, mergeReasons, late = [], interrupted }: JudgeInput): RunEvidence {
  const isWhole = evidence.complete && mergeReasons.length === 0 && late.length === 0
  const settle = (found: Evidence): Evidence => {
    if (found.type === 'counts') return isWhole ? accounted(found) : found
    return found.type === 'agreement' && (!isWhole || interrupted !== undefined) ? asPart(found) : found
  }
  const rules = Object.entries(evidence.rules).map(([key, found]): [string, Evidence] => [key, settle(found)])
  return { ...evidence, rules: Object.fromEntries(rules) }
}

/** Why a run that nobody ended is not whole. */
const endedEarly: Record<Clock, string> = {
  wall: 'the load generator ended before its plan did',
  virtual:
    'a job was ended before it had simulated the whole plan; give it more time (atMost) or less to simulate',
}

function capacityIn({
  evidence: { byPhase },
  claimed,
  unit,
  countsWork = true,
}: JudgeInput): Capacity | null {
  return byPhase === undefined || !countsWork ? null : capacityOf(byPhase, claimed, unit)
}

function doubtsOf(input: JudgeInput, faults: FaultVerdict[]): Doubts {
  const { evidence } = input
  const cutShort = input.interrupted ?? (evidence.complete ? undefined : endedEarly[input.clock ?? 'wall'])
  return {
    merge: input.mergeReasons,
    late: input.late ?? [],
    circumstances: circumstancesOf(evidence, cutShort !== undefined),
    code: codeFaults(evidence.generator),
    cutShort,
    onlyPart: partShortfalls(input.partial, input.judgesPart === true),
    unprovenFaults: faults
      .filter(({ bite }) => !bite)
      .map(({ id, problem }) => (problem === null ? id : `${id} (${problem})`)),
    tooFine: tooFine(input.claimed, evidence.generator.lag),
    lag: evidence.generator.lag,
    requests: new Set([
      ...evidence.steps.map(({ step }) => step),
      ...(evidence.byPhase ?? []).flatMap(({ groups }) => Object.keys(groups)),
    ]),
    unbacked: unbackedIn(input),
  }
}

/** Judges a run: each claimed criterion, then the worst of them and of what concerns the run as a whole. */
export function judgeRun(given: JudgeInput): Verdict {
  const whole = { ...given, mergeReasons: [...given.mergeReasons, ...(given.evidence.misfits ?? [])] }
  const input = { ...whole, evidence: settled(whole) }
  const { evidence } = input
  const faults = input.faults ?? []
  const doubts = doubtsOf(input, faults)
  const weighed = Object.entries(input.claimed).map(([id, criterion]) =>
    judgeCriterion(id, criterion, input, doubts),
  )
  const { status, line, reasons, measured } = outcomeOf({ input, weighed, doubts, faults })
  const capacity = capacityIn(input)
  return {
    schema: 2,
    run: evidence.run,
    scenario: evidence.scenario,
    system: evidence.system,
    case: evidence.case,
    profile: evidence.profile,
    partial: input.partial,
    seed: evidence.seed,
    unit: input.unit,
    ...(input.clock === 'virtual' ? { clock: input.clock } : {}),
    target: input.target,
    started: new Date(evidence.started).toISOString(),
    seconds: (evidence.ended - evidence.started) / 1000,
    verdict: status,
    line,
    ...(measured === undefined ? {} : { measured }),
    reasons,
    criteria: weighed.map(({ verdict }) => verdict),
    faults,
    generator: generatorVerdict(evidence.generator, input.claimed),
    ...(evidence.machine === undefined ? {} : { machine: machineVerdict(evidence.machine) }),
    not_claimed: input.notClaimed,
    phases: evidence.phases,
    steps: evidence.steps,
    ...(capacity === null ? {} : { capacity }),
    ...(evidence.findings === undefined ? {} : { findings: evidence.findings }),
    ...(evidence.times === undefined ? {} : { times: timesOf(evidence.times) }),
    ...expectationsIn(input, doubts),
    leftovers: input.leftovers,
    repeat: input.repeat,
  }
}

const expectationsIn = (input: JudgeInput, doubts: Doubts): Pick<Verdict, 'expectations'> =>
  input.expected === undefined
    ? {}
    : { expectations: expectationVerdicts({ ...input, ...input.expected }, whyOpen(doubts, input.clock)) }

const timesOf = (times: Record<string, Histogram>): Record<string, TimeRow> =>
  Object.fromEntries(Object.entries(times).map(([of, histogram]) => [of, timeRow(histogram)]))

function timeRow(histogram: Histogram): TimeRow {
  const at = (p: number): number => histogramQuantile(histogram, p) ?? 0
  const n = Object.values(histogram.buckets).reduce((sum, count) => sum + count, 0)
  return { n, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }
}
