// The golden recordings in today's words: each line of the tables is one intended difference between what was recorded and what
// is written now. Deleted when the shape of the kit is settled and the recordings are made anew.
import type { Plan } from '../../../../lib/plan/plan.ts'
import { partFiles } from '../../../../scripts/run/parts.ts'
import type { ProcessEvidence, RunEvidence } from '../../../../verdict/evidence.ts'
import type { LedgerFindings } from '../../../../verdict/oracles/ledger/check.ts'
import { findingsOf } from '../../../../verdict/oracles/ledger/oracle.ts'
import { verdictIn } from '../../../../verdict/read-verdict.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { jsonIn, type Recording, type RunnerSide } from './recording.ts'

type Fields = Record<string, unknown>
/** What a recorded thing is called and looks like today; the thing itself where nothing changed. */
type Change<T = Fields> = (recorded: T) => T

const apply = <T>(changes: readonly Change<T>[], recorded: T): T =>
  changes.reduce((value, change) => change(value), recorded)

const renamed =
  (from: string, to: string): Change =>
  ({ [from]: value, ...rest }) =>
    value === undefined ? rest : { ...rest, [to]: value }

const isEvent =
  (name: string, change: Change): Change =>
  (event) =>
    event['event'] === name ? change(event) : event

/** Lines of the consoles. */
const events: Change[] = [
  isEvent('took', (event) => ({ ...event, event: 'time' })),
  isEvent('history', ({ event, ...entry }) => ({ event, oracle: 'ledger', entry })),
  isEvent('snapshot', ({ event: _, ...part }) => ({ event: 'state', oracle: 'ledger', part })),
  isEvent('vanished', ({ fault, t }) => ({ event: 'actor-fault', fault, t, stage: 'begun' })),
  isEvent('returned', ({ fault, t, seconds }) => ({
    event: 'actor-fault',
    fault,
    t,
    stage: 'over',
    seconds,
  })),
]

/** Rules of criteria. */
const rules: Change[] = [
  renamed('waits', 'lagSensitive'),
  renamed('workers', 'level'),
  (rule) => (rule['per'] === 'worker' ? { ...rule, per: 'level' } : rule),
  (rule) => (rule['of'] === 'cpu-per-task' ? { ...rule, of: 'cpu-per-work' } : rule),
  // All steps of a group were listed.
  (rule) => (Array.isArray(rule['of']) && rule['of'].length > 1 ? { ...rule, of: ['api'] } : rule),
  (rule) => (rule['judge'] === 'law' ? { ...rule, oracle: 'ledger' } : rule),
]

/** What only the pool's actors read of a phase stands apart. */
const ofPool = ({ workSeconds, patienceSeconds, history, ...phase }: Fields): Fields => ({
  ...phase,
  added: { workSeconds, patienceSeconds, history },
})

const byActors = {
  what: 'tasks whose worker was gone, by what the pool says of them',
  during: 'without a worker',
  after: 'elsewhere',
}

/** Plans. */
const plans: Change<Fields & Pick<Plan, 'claimed' | 'faults'> & { phases: Fields[] }>[] = [
  (plan) => ({ ...plan, unit: 'workers' }),
  (plan) => ({ ...plan, clock: 'wall', jobs: [] }),
  (plan) => ({ ...plan, work: { done: 'completed', inTime: 'in-time', waiting: 'queue-length' } }),
  (plan) => renamed('workers', 'peakLevel')(plan) as typeof plan,
  (plan) => ({ ...plan, claimed: withRules(plan.claimed) }),
  (plan) => ({ ...plan, phases: plan.phases.map(ofPool) }),
  (plan) => ({
    ...plan,
    faults: plan.faults.map((fault) => (fault.driver === 'vanish' ? { ...fault, byActors } : fault)),
  }),
]

const withRules = (claimed: Plan['claimed']): Plan['claimed'] =>
  Object.fromEntries(
    Object.entries(claimed).map(([id, criterion]) => [
      id,
      { ...criterion, rules: criterion.rules.map((rule) => apply(rules, rule as never) as never) },
    ]),
  )

/** What k6 wrote. */
const written: Change[] = [
  (evidence) => ({ ...evidence, schema: 2 }),
  // It could not see when its phases were, nor which operations were bad.
  ({ phases: _, bad: __, ...evidence }) => evidence,
  (evidence) => ({
    ...evidence,
    byPhase: (evidence['byPhase'] as Fields[]).map(({ phase, kind, requests, dropped }) => ({
      phase,
      kind,
      groups: { api: { requests, dropped } },
      dropped,
    })),
  }),
]

/** The evidence of a whole run. */
const evidences: Change[] = [
  (evidence) => ({ ...evidence, schema: 2 }),
  (evidence) => ({
    ...evidence,
    byPhase: (evidence['byPhase'] as Fields[]).map(({ requests, ...row }) => ({
      ...renamed('workers', 'level')(row),
      groups: { api: { requests, dropped: row['dropped'] } },
    })),
  }),
  (evidence) => ({
    ...evidence,
    rules: Object.fromEntries(
      Object.entries(evidence['rules'] as Record<string, Fields>).map(([key, rule]) => [
        key,
        rule['type'] === 'resources' ? renamed('tasks', 'work')(rule) : rule,
      ]),
    ),
  }),
  ({ payments, ...evidence }) =>
    payments === undefined
      ? evidence
      : { ...evidence, findings: { ledger: findingsOf(payments as LedgerFindings) } },
  ({ payoutTimes, ...evidence }) =>
    payoutTimes === undefined ? evidence : { ...evidence, times: { 'payout-time': payoutTimes } },
]

/** A recording whose files hold today's words: one of schema 1 is put into them. Its verdict is read as every verdict of an earlier version is. */
export function inTodaysWords(recording: Recording): Recording {
  if (jsonIn<RunEvidence>(recording, 'evidence.json').schema === 2) return recording
  const turned: Recording = new Map(recording)
  const runner = jsonIn<RunnerSide>(recording, 'runner.json')
  for (const ended of runner.driven.parts) {
    const file = partFiles('', ended.part).events
    turned.set(file, (recording.get(file) ?? '').split('\n').map(consoleLine).join('\n'))
    if (ended.written !== null)
      ended.written = apply(written, ended.written as never) as unknown as ProcessEvidence
  }
  turned.set('runner.json', JSON.stringify(runner))
  turned.set('plan.json', JSON.stringify(apply(plans, jsonIn(recording, 'plan.json'))))
  turned.set('evidence.json', JSON.stringify(apply(evidences, jsonIn(recording, 'evidence.json'))))
  turned.set('verdict.json', JSON.stringify(verdictIn(jsonIn(recording, 'verdict.json'))))
  return turned
}

function consoleLine(line: string): string {
  if (line === '') return line
  const outer = JSON.parse(line) as { msg?: string }
  if (outer.msg?.startsWith('{"event":') !== true) return line
  return JSON.stringify({ ...outer, msg: JSON.stringify(apply(events, JSON.parse(outer.msg) as Fields)) })
}

/** Words are not compared: they are made better all the time. Figures, statuses and what was observed are. */
export const withoutWords = (verdict: Verdict): unknown => ({
  ...verdict,
  line: '',
  reasons: verdict.reasons.length,
  criteria: verdict.criteria.map(
    ({ limit: _, observed: __, reason: ___, text: ____, witness, ...figures }) => ({
      ...figures,
      // Service logs are not recorded, so their lines are in no witness.
      witness: witness === null ? null : { ...witness, log: [] },
    }),
  ),
  ...(verdict.capacity === undefined
    ? {}
    : {
        capacity: {
          ...verdict.capacity,
          note: '',
          steps: verdict.capacity.steps.map(({ bound: _, ...figures }) => figures),
        },
      }),
})

/** Of several k6 processes the consoles are read in turns while they run, and here one after the other. */
export const inOrder = (evidence: RunEvidence): RunEvidence => ({
  ...evidence,
  bad: evidence.bad.toSorted((a, b) => a.t - b.t || a.correlationId.localeCompare(b.correlationId)),
})
