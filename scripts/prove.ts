// Proof that the suite can fail: each planted defect, and the criterion that must catch it. And clean runs, which must not.
import { mkdir, writeFile } from 'node:fs/promises'
import { ruleKey } from '../verdict/criterion.ts'
import type { Criterion, Rule } from '../verdict/criterion.ts'
import { lowerBound } from '../verdict/statistics.ts'
import type { Status } from '../verdict/verdict.ts'
import type { Plan } from '../lib/plan.ts'
import { choose } from '../lib/variables.ts'
import type { Variables } from '../lib/variables.ts'
import { defects } from '../testbed/cocoon/defects/index.ts'
import { rawVariables, variablesOf } from './arguments.ts'
import type { EventLog } from './events.ts'
import { planFor } from './plans.ts'
import { inProject } from './project.ts'
import { run } from './run.ts'
import { WrongUse } from './wrong-use.ts'

interface Row {
  name: string
  criterion: string
  caught: boolean
  also_red: string[]
  status: Status | 'not claimed'
  reason: string
  seconds: number
}

interface CleanRuns {
  runs: number
  pass: number
  fail: number
  undecided: number
  invalid: number
  /** Criteria that were not PASS, by id, with how often. */
  alarms: Record<string, number>
}

interface KillMatrix {
  defects: Row[]
  clean_runs: CleanRuns
}

const system = 'cocoon'
const profile = 'kill'

/** Whether what was seen already makes a rule FAIL, however the rest of the run goes. */
function isBroken(rule: Rule, key: string, log: EventLog, plan: Plan): boolean {
  const bad = log.badByRule.get(key) ?? 0
  if (rule.judge === 'never' || rule.judge === 'recovery') return bad > 0
  if (rule.judge === 'gini' || bad === 0) return false
  return lowerBound(bad, Math.max(bad, plan.expected[key]?.samples ?? 0)) > rule.limit
}

/** The run may end as soon as the named criterion is broken. */
function stopWhenBroken(id: string, criterion: Criterion) {
  return (log: EventLog, plan: Plan): string | null =>
    criterion.rules.some((rule, index) => isBroken(rule, ruleKey(id, index), log, plan))
      ? `${id} is broken, which is what this run was to show`
      : null
}

/** The load ends with the last phase that the criterion judges. */
async function durationFor(criterion: Criterion): Promise<number> {
  const plan = await planFor('baseline', { PROFILE: profile })
  const kinds = criterion.rules.flatMap((rule) =>
    rule.judge === 'recovery' ? ['recovery'] : rule.in,
  ) as string[]
  return Math.max(...plan.phases.filter(({ kind }) => kinds.includes(kind)).map(({ end }) => end))
}

async function proveDefect(name: string, id: string, seed: number): Promise<Row> {
  const started = Date.now()
  const whole = await planFor('baseline', { PROFILE: profile })
  const criterion = choose('criterion', id, whole.claimed)
  const DURATION = await durationFor(criterion)
  const { verdict } = await run({
    scenario: 'baseline',
    variables: { PROFILE: profile, DEFECTS: [name], DURATION, SEED: seed },
    stopWhen: stopWhenBroken(id, criterion),
    say: (line) => console.log(`    ${line}`),
  })
  const own = verdict.criteria.find((entry) => entry.id === id)
  return {
    name,
    criterion: id,
    caught: own?.status === 'FAIL',
    also_red: verdict.criteria
      .filter((entry) => entry.status === 'FAIL' && entry !== own)
      .map((entry) => entry.id),
    status: own?.status ?? 'not claimed',
    reason: own?.reason ?? '',
    seconds: Math.round((Date.now() - started) / 1000),
  }
}

async function cleanRuns(count: number, variables: Variables): Promise<CleanRuns> {
  const result: CleanRuns = { runs: 0, pass: 0, fail: 0, undecided: 0, invalid: 0, alarms: {} }
  for (let index = 0; index < count; index++) {
    const { verdict } = await run({
      scenario: 'baseline',
      variables: { ...variables, SEED: (variables.SEED ?? 1) + index },
      say: (line) => console.log(`    ${line}`),
    })
    result.runs++
    result[verdict.verdict.toLowerCase() as 'pass' | 'fail' | 'undecided' | 'invalid']++
    for (const { id, status } of verdict.criteria)
      if (status !== 'PASS') result.alarms[id] = (result.alarms[id] ?? 0) + 1
    console.log(`  clean run ${index + 1} of ${count}: ${verdict.line}`)
  }
  return result
}

function markdown(matrix: KillMatrix): string {
  const { clean_runs: clean } = matrix
  return [
    '# Kill matrix',
    '',
    '| defect | criterion | caught | also red | reason | seconds |',
    '| --- | --- | --- | --- | --- | --- |',
    ...matrix.defects.map(
      (row) =>
        `| ${row.name} | ${row.criterion} | ${row.caught ? 'yes' : `**no** (${row.status})`} | ${row.also_red.join(', ')} | ${row.reason} | ${row.seconds} |`,
    ),
    '',
    `Clean runs: ${clean.runs}; PASS ${clean.pass}, FAIL ${clean.fail}, UNDECIDED ${clean.undecided}, INVALID ${clean.invalid}.`,
    ...Object.entries(clean.alarms).map(([id, count]) => `- ${id}: not PASS in ${count}`),
    '',
  ].join('\n')
}

/** Plants every defect (or DEFECTS), runs CLEAN clean runs, writes reports/kill-matrix.json and .md. */
export async function prove(args: string[]): Promise<number> {
  const raw = rawVariables(args, process.env, ['CLEAN'])
  const variables = variablesOf(raw)
  const clean = raw['CLEAN'] === undefined ? 0 : Number(raw['CLEAN'])
  if (!Number.isInteger(clean) || clean < 0 || clean > 1000)
    throw new WrongUse(`CLEAN="${raw['CLEAN']}": expected a whole number from 0 to 1000`)
  const names = variables.DEFECTS ?? (raw['CLEAN'] === undefined ? Object.keys(defects) : [])
  const matrix: KillMatrix = {
    defects: [],
    clean_runs: { runs: 0, pass: 0, fail: 0, undecided: 0, invalid: 0, alarms: {} },
  }
  await mkdir(inProject('reports'), { recursive: true })
  for (const [index, name] of names.entries()) {
    const { criterion } = chosen(name)
    console.log(`  ${index + 1} of ${names.length}: ${name}, to be caught by ${criterion}`)
    const row = await proveDefect(name, `${system}.${criterion}`, variables.SEED ?? 1)
    console.log(`  ${row.caught ? 'caught' : 'NOT CAUGHT'} in ${row.seconds} s: ${row.reason}`)
    matrix.defects.push(row)
  }
  if (clean > 0) matrix.clean_runs = await cleanRuns(clean, variables)
  await writeFile(inProject('reports/kill-matrix.json'), JSON.stringify(matrix, null, 1))
  await writeFile(inProject('reports/kill-matrix.md'), markdown(matrix))
  const missed = matrix.defects.filter(({ caught }) => !caught).length
  const alarms = matrix.clean_runs.runs - matrix.clean_runs.pass
  console.log(
    `caught ${matrix.defects.length - missed} of ${matrix.defects.length} defects; ${alarms} alarms in ${matrix.clean_runs.runs} clean runs; reports/kill-matrix.md`,
  )
  return missed + alarms > 0 ? 1 : 0
}

function chosen(name: string) {
  try {
    return choose('defect', name, defects)
  } catch (error) {
    throw new WrongUse((error as Error).message)
  }
}
