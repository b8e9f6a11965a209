// Proof that the suite can fail: each planted defect, and the criterion that must catch it. And clean runs, which must not.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { ruleKey } from '../verdict/criterion.ts'
import type { Criterion, Rule } from '../verdict/criterion.ts'
import { lowerBound } from '../verdict/statistics.ts'
import { exitCodes } from '../verdict/verdict.ts'
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
function durationFor(plan: Plan, criterion: Criterion): number {
  const kinds = criterion.rules.flatMap((rule) =>
    rule.judge === 'recovery' ? ['recovery'] : rule.in,
  ) as string[]
  return Math.max(...plan.phases.filter(({ kind }) => kinds.includes(kind)).map(({ end }) => end))
}

async function proveDefect(
  name: string,
  id: string,
  variables: Variables,
): Promise<Row & { interrupted: boolean }> {
  const started = Date.now()
  const whole = await planFor('baseline', { PROFILE: profile })
  const criterion = choose('criterion', id, whole.claimed)
  const DURATION = durationFor(whole, criterion)
  const { verdict, interrupted } = await run({
    scenario: 'baseline',
    variables: { ...variables, SEED: variables.SEED ?? 1, PROFILE: profile, DEFECTS: [name], DURATION },
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
    interrupted,
  }
}

/** Adds one clean run to the count. True when somebody interrupted it. */
async function cleanRun(counts: CleanRuns, index: number, variables: Variables): Promise<boolean> {
  const { verdict, interrupted } = await run({
    scenario: 'baseline',
    variables: { ...variables, SEED: (variables.SEED ?? 1) + index },
    say: (line) => console.log(`    ${line}`),
  })
  if (interrupted) return true
  counts.runs++
  counts[verdict.verdict.toLowerCase() as 'pass' | 'fail' | 'undecided' | 'invalid']++
  for (const { id, status } of verdict.criteria)
    if (status !== 'PASS') counts.alarms[id] = (counts.alarms[id] ?? 0) + 1
  console.log(`  clean run ${index + 1}: ${verdict.line}`)
  return false
}

const matrixFile = (ending: string): string => inProject('reports', `kill-matrix.${ending}`)

/** The matrix so far: what is proved again replaces its row, the rest stays. */
async function readMatrix(): Promise<KillMatrix> {
  const text = await readFile(matrixFile('json'), 'utf8').catch(() => null)
  return text === null ? { defects: [], clean_runs: noCleanRuns() } : (JSON.parse(text) as KillMatrix)
}

const noCleanRuns = (): CleanRuns => ({ runs: 0, pass: 0, fail: 0, undecided: 0, invalid: 0, alarms: {} })

async function writeMatrix(matrix: KillMatrix): Promise<void> {
  await writeFile(matrixFile('json'), JSON.stringify(matrix, null, 1))
  await writeFile(matrixFile('md'), markdown(matrix))
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

/** Plants every defect (or those of DEFECTS), or with CLEAN makes so many clean runs; keeps reports/kill-matrix.*. */
export async function prove(args: string[]): Promise<number> {
  const raw = rawVariables(args, process.env, ['CLEAN'])
  const { DEFECTS, ...variables } = variablesOf(raw)
  const clean = cleanCount(raw['CLEAN'])
  const names = DEFECTS ?? (clean > 0 ? [] : Object.keys(defects))
  for (const name of names) chosen(name)
  await mkdir(inProject('reports'), { recursive: true })
  const matrix = await readMatrix()
  const missed: string[] = []
  for (const [index, name] of names.entries()) {
    const { criterion } = chosen(name)
    console.log(`  ${index + 1} of ${names.length}: ${name}, to be caught by ${criterion}`)
    const { interrupted, ...row } = await proveDefect(name, `${system}.${criterion}`, variables)
    if (interrupted) return exitCodes.UNDECIDED
    console.log(`  ${row.caught ? 'caught' : 'NOT CAUGHT'} in ${row.seconds} s: ${row.reason}`)
    if (!row.caught) missed.push(name)
    matrix.defects = [...matrix.defects.filter((known) => known.name !== name), row]
    await writeMatrix(matrix)
  }
  if (clean > 0) matrix.clean_runs = noCleanRuns()
  for (let index = 0; index < clean; index++) {
    if (await cleanRun(matrix.clean_runs, index, variables)) return exitCodes.UNDECIDED
    await writeMatrix(matrix)
  }
  const { runs, pass, fail, undecided, invalid } = matrix.clean_runs
  if (names.length > 0) console.log(`caught ${names.length - missed.length} of ${names.length} defects`)
  if (clean > 0)
    console.log(`${runs} clean runs: PASS ${pass}, FAIL ${fail}, UNDECIDED ${undecided}, INVALID ${invalid}`)
  console.log('reports/kill-matrix.md')
  return missed.length > 0 || (clean > 0 && pass < runs) ? exitCodes.FAIL : exitCodes.PASS
}

function cleanCount(text: string | undefined): number {
  const count = Number(text ?? 0)
  if (!Number.isInteger(count) || count < 0 || count > 1000)
    throw new WrongUse(`CLEAN="${text}": expected a whole number from 0 to 1000`)
  return count
}

function chosen(name: string) {
  try {
    return choose('defect', name, defects)
  } catch (error) {
    throw new WrongUse((error as Error).message)
  }
}
