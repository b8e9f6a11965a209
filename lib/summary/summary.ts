// The end of a k6 process: its evidence as a file for the judge, and a summary for whoever ran plain k6.
import { isOfCheck, kindsOf, ruleKey } from '../../verdict/criterion.ts'
import type { PhaseKind, Rule } from '../../verdict/criterion.ts'
import { keySumsOf } from '../../verdict/accounts.ts'
import { countsFar, farKey } from '../../verdict/fine-limits.ts'
import type {
  Agreement,
  Counts,
  Evidence,
  KeySums,
  ProcessEvidence,
  StepRow,
} from '../../verdict/evidence.ts'
import { accountOf, fineLagsOf, thresholdsOf } from './k6-thresholds.ts'
import { readSummary } from './k6-summary.ts'
import type { Summary, Thresholds } from './k6-summary.ts'
import { arrivalsOf } from '../plan/plan-time.ts'
import {
  agreementSeries,
  answersSeries,
  arrivalsSeries,
  badSeries,
  checkMetric,
  droppedSeries,
  exceptionsMetric,
  failuresSeries,
  groupRequestsSeries,
  finishedMetric,
  isCounted,
  keySums,
  openKeysSeries,
  openPromisesSeries,
  nameOf,
  lagFineSeries,
  lagMetric,
  lagOverMetric,
  receivedMetric,
  refusalsSeries,
  repeatsMetric,
  requestsSeries,
  seenEverywhere,
  seenSeries,
  sentMetric,
  seriesOf,
  startedMetric,
  timesSeries,
} from './series.ts'
import type { AgreesRule, CountedRule } from './series.ts'
import type { Start } from '../start.ts'
import { groupsOf, membersOf, stepsOf } from '../plan/vocabulary.ts'
import type { Vocabulary } from '../plan/vocabulary.ts'
import { areOff, textOf } from './summary-text.ts'

type Read = (metric: string, value?: string) => number

/** Values of the summary's metrics; 0 for what it has not. */
export const readerOf =
  (summary: Summary): Read =>
  (metric, value = 'count') => {
    const values: Record<string, number | undefined> = summary.metrics[metric]?.values ?? {}
    // k6 has another name for this one.
    const { [value === 'p(50)' ? 'med' : value]: found, max = 0 } = values
    // Its new form has no percentile over 95. Not to say less than there was, the largest stands for it.
    return found ?? (value.startsWith('p(') ? max : 0)
  }

/** What k6's handleSummary returns: the text for the terminal, and the evidence where EVIDENCE names a file. */
export function summarise(begun: Start, input: unknown): Record<string, string> {
  const { plan, system, shortfalls } = begun
  const summary = readSummary(input, thresholdsOf(plan, system.names, shortfalls) as Thresholds)
  const read = readerOf(summary)
  const evidence = evidenceOf(begun, summary, read)
  const file = __ENV['EVIDENCE']
  const text = __ENV['RECORD'] === '1' ? '' : textOf(begun, summary, evidence)
  return { stdout: text, ...(file === undefined || file === '' ? {} : { [file]: JSON.stringify(evidence) }) }
}

function evidenceOf(
  { plan, whole, part, data, system }: Start,
  summary: Summary,
  read: Read,
): ProcessEvidence {
  const ended = Date.now()
  const started = ended - summary.state.testRunDurationMs
  const rules: Record<string, Evidence> = {}
  const complete = !areOff(summary) && read(startedMetric) > 0 && read(finishedMetric) >= read(startedMetric)
  for (const [id, criterion] of Object.entries(plan.claimed)) {
    criterion.rules.forEach((rule, index) => {
      const counts = countsOf(rule, ruleKey(id, index), { plan, system, read })
      if (counts === null) return
      rules[ruleKey(id, index)] = plan.clock === 'virtual' ? { ...counts, clock: 'virtual' } : counts
    })
  }
  const late = summary.setup_data?.late ?? 0
  const repeated = read(repeatsMetric)
  return {
    schema: 2,
    run: whole === plan ? data.run : (__ENV['RUN'] ?? data.run),
    shard: part.number,
    of: part.of,
    scenario: plan.scenario,
    system: plan.system,
    case: plan.case,
    profile: plan.profile,
    seed: plan.seed,
    plan: JSON.stringify([plan.case, plan.profile, plan.seed, whole.phases, Object.keys(plan.claimed)]),
    complete,
    ...(late > 0 ? { late } : {}),
    ...(repeated > 0 ? { repeated } : {}),
    ...networkOf(read),
    started,
    ended,
    rules,
    generator: generatorOf(plan, part.shards, read),
    steps: stepsOf(system.names, plan).map((step) => stepRow(step, read)),
    byPhase: plan.phases.map(({ name, kind }) => ({
      phase: name,
      kind,
      groups: Object.fromEntries(
        groupsOf(system.names).map((group) => [
          group,
          {
            requests: read(groupRequestsSeries(group, name)),
            dropped: droppedIn(
              opening(plan.segments, membersOf(system.names, [group])).filter(({ phase }) => phase === name),
              read,
            ),
          },
        ]),
      ),
      dropped: droppedIn(
        plan.segments.filter(({ phase, opensWith }) => phase === name && opensWith.length > 0),
        read,
      ),
    })),
    shown: shownOf(plan, system.names, read),
  }
}

/** k6 counts the bytes of its connections; where it shows neither metric, nobody knows them. */
function networkOf(read: Read): Pick<ProcessEvidence, 'network'> {
  const [sentBytes, receivedBytes] = [read(sentMetric), read(receivedMetric)]
  return sentBytes + receivedBytes === 0 ? {} : { network: { sentBytes, receivedBytes } }
}

/** k6's own percentile of each rule that has one. */
function shownOf(plan: Start['plan'], names: Vocabulary, read: Read): Record<string, string> {
  const shown: Record<string, string> = {}
  for (const [id, { rules }] of Object.entries(plan.claimed)) {
    rules.forEach((rule, index) => {
      if (rule.judge !== 'share' || !isCounted(rule) || rule.percentile === undefined) return
      const metric = seriesOf(rule, names).times(rule.in[0]!)
      shown[ruleKey(id, index)] = `P${rule.percentile} ${read(metric, `p(${rule.percentile})`).toFixed(1)} ms`
    })
  }
  return shown
}

/** What actors saw for a rule that holds a count of the target against it. */
function agreementOf(rule: AgreesRule, key: string, names: Vocabulary, read: Read): Agreement {
  const { are, all, before, after, bad, unanswered } = agreementSeries(rule, key, names)
  const asked = read(after)
  return {
    type: 'agreement',
    are,
    n: read(all) - read(before) - asked,
    bad: bad === null ? 0 : read(bad),
    unanswered: read(unanswered),
    // Of all steps together: that of one would be another series, and there are hardly any.
    repeated: are === 'requests' ? read(repeatsMetric) : 0,
    asked,
  }
}

/** The counts behind a rule, or null for rules whose evidence is not a count. */
function countsOf(
  rule: Rule,
  key: string,
  { plan, system, read }: { plan: Start['plan']; system: Start['system']; read: Read },
): Counts | Agreement | null {
  if (rule.judge === 'agrees') return agreementOf(rule, key, system.names, read)
  // What k6 counts a second is no rate in simulated time.
  if (rule.judge === 'rate' && plan.clock === 'virtual') return null
  if (rule.judge === 'rate') return { type: 'counts', n: read(answersSeries(key)), bad: 0 }
  if (!isCounted(rule)) return null
  if (isOfCheck(rule)) {
    const [violated, kept] = ['passes', 'fails'].map((value) => read(checkMetric(nameOf(rule)), value)) as [
      number,
      number,
    ]
    return { type: 'counts', n: violated + kept, bad: violated }
  }
  const total = (series: (kind: PhaseKind) => string): number =>
    kindsOf(rule).reduce((sum, kind) => sum + read(series(kind)), 0)
  const n = total(seriesOf(rule, system.names).count)
  const bad = read(badSeries(key))
  // A dropped arrival failed, but in none of the ways by which failures are told apart.
  const isOfAll =
    (rule.judge === 'share' && rule.only === undefined) ||
    (rule.judge === 'recovery' && rule.window !== undefined)
  const dropped = isOfAll ? droppedOf(plan, rule, system.names, read) : 0
  const far = countsFar(rule) ? { far: read(badSeries(farKey(key))) + dropped } : {}
  const counts: Counts = { type: 'counts', n: n + dropped, bad: bad + dropped, ...far }
  const account = accountOf(rule, system.names)
  if (account === undefined) return counts
  const { unsure, unread } = account
  const name = nameOf(rule)
  const keysOf = (of: string): KeySums => {
    const [first, second] = keySums.map((sum) => total((kind) => openKeysSeries(sum, of, kind)))
    return keySumsOf(first!, second!)
  }
  return {
    ...counts,
    account: {
      // An arrival that was dropped must not stand in for a promise that was not kept: it is among both.
      promised: counts.n + total((kind) => openPromisesSeries(name, kind)),
      unsure: total((kind) => seenSeries(unsure, kind)),
      unread: read(seenEverywhere(unread)),
      keys: { open: keysOf(name), unsure: keysOf(unsure) },
    },
  }
}

/** Arrivals that k6 had no virtual user for, as the observations that each would have begun with. */
function droppedOf(plan: Start['plan'], rule: CountedRule, vocabulary: Vocabulary, read: Read): number {
  const kinds = kindsOf(rule)
  const names = membersOf(vocabulary, [nameOf(rule)])
  return droppedIn(
    opening(plan.segments, names).filter(({ kind }) => kinds.includes(kind)),
    read,
  )
}

/** The segments whose arrivals begin with one of these observations. */
const opening = <S extends { opensWith: readonly string[] }>(
  segments: readonly S[],
  names: readonly string[],
): S[] => segments.filter(({ opensWith }) => opensWith.some((name) => names.includes(name)))

/** Arrivals of these segments that k6 had no virtual user for. */
const droppedIn = (segments: { name: string }[], read: Read): number =>
  segments.reduce((sum, { name }) => sum + read(droppedSeries(name)), 0)

/** What this process was to start is its share of the plan's arrivals. */
function generatorOf(plan: Start['plan'], shards: number, read: Read): ProcessEvidence['generator'] {
  const fine = fineLagsOf(plan)
  const sumOf = (series: Iterable<string>): number =>
    [...new Set(series)].reduce((sum, metric) => sum + read(metric), 0)
  return {
    planned: plan.segments.reduce((sum, segment) => sum + arrivalsOf(segment), 0) / shards,
    started: sumOf(plan.segments.map(({ actor, kind }) => arrivalsSeries(actor, kind))),
    dropped: droppedIn(plan.segments, read),
    lag: {
      n: read(lagMetric),
      over: read(lagOverMetric),
      p50Ms: read(lagMetric, 'med'),
      p95Ms: read(lagMetric, 'p(95)'),
      p99Ms: read(lagMetric, 'p(99)'),
      ...(fine.length > 0
        ? { fine: Object.fromEntries(fine.map((most) => [most, read(lagFineSeries(most))])) }
        : {}),
    },
    cpu: null,
    exceptions: read(exceptionsMetric),
  }
}

function stepRow(step: string, read: Read): StepRow {
  const times = timesSeries(step)
  return {
    step,
    requests: read(requestsSeries(step)),
    failed: read(failuresSeries(step)),
    refused: read(refusalsSeries(step)),
    p50: read(times, 'med'),
    p95: read(times, 'p(95)'),
    p99: read(times, 'p(99)'),
    max: read(times, 'max'),
  }
}
