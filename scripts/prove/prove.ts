// Proof that the suite can fail: each planted defect, and the criterion that must catch it. And clean runs, which must not.
import { mkdir } from 'node:fs/promises'
import { exitCodes } from '../../verdict/verdict.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { systemNamed } from '../../lib/input/variables.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { PlantedDefect, TestbedDefinition } from '../../testbed/testbed.ts'
import { rawVariables, variablesOf } from '../commands/arguments.ts'
import { alarmText, enter, noCleanRuns, readMatrix, writeMatrix } from './kill-matrix.ts'
import type { CleanRuns, KillMatrix, Row } from './kill-matrix.ts'
import { killRun, killRuns } from './kill-run.ts'
import { chooseOrWrongUse, readManifest, scenarioOf, selections } from '../run/plans.ts'
import { allDeaths, isClean } from './deaths.ts'
import { inWork } from '../project.ts'
import { run } from '../run/run.ts'
import { allTestbeds } from '../run/testbeds.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'

/** A defect of a system's testbed. */
interface Planted extends PlantedDefect {
  system: string
}

/** The testbeds that are proved: that of the system which the variables name, or all. @throws WrongUse where it has none */
async function provedTestbeds(variables: Variables): Promise<Record<string, TestbedDefinition>> {
  const all = await allTestbeds()
  const wanted = orWrongUse(() => systemNamed(variables))
  return wanted === undefined ? all : { [wanted]: chooseOrWrongUse('system with a testbed', wanted, all) }
}

/**
 * The defects of these names, or all where none is named.
 * @throws WrongUse for a name that no testbed has, or that two have
 */
export function defectsToPlant(
  testbeds: Record<string, TestbedDefinition>,
  names: string[] | undefined,
): Record<string, Planted> {
  const all = Object.entries(testbeds).flatMap(([system, { defects }]) =>
    Object.entries(defects).map(([name, defect]): [string, Planted] => [name, { ...defect, system }]),
  )
  const byName = Object.fromEntries(all)
  for (const name of names ?? []) chooseOrWrongUse('defect', name, byName)
  const wanted = names ?? Object.keys(byName)
  for (const name of wanted) {
    const systems = all.filter(([other]) => other === name).map(([, { system }]) => system)
    if (systems.length > 1)
      throw new WrongUse(
        `the testbeds of ${systems.join(' and ')} both have a defect "${name}": name one of them by SYSTEM=`,
      )
  }
  return Object.fromEntries(all.filter(([name]) => wanted.includes(name)))
}

/** A run that is INVALID is repeated at most so often. */
const repeats = 2
const isInvalid = (rows: Row[]): boolean => rows.some(({ status }) => status === 'INVALID')

/** Plants the defects one after the other; how many criteria missed theirs, or null when somebody interrupted it. */
async function plantAll(
  defects: Record<string, Planted>,
  plans: Plan[],
  variables: Variables,
  matrix: KillMatrix,
): Promise<number | null> {
  const runs = Object.entries(defects).flatMap(([name, { criterion, system, ...more }]) => {
    const ids = [criterion].flat().map((id) => `${system}.${id}`)
    return killRuns(
      name,
      ids,
      plans.filter((plan) => plan.system === system),
      more,
    )
  })
  const missed: string[] = []
  for (const [index, one] of runs.entries()) {
    const { name, ids, plan } = one
    console.log(
      `  ${index + 1} of ${runs.length}: ${name}, to be caught by ${ids.join(' and ')} (${plan.case} ${plan.profile})`,
    )
    let { rows, interrupted } = await killRun(one, variables)
    // A run that measured badly says nothing about the defect; several in a row do say something about the machine.
    for (let left = repeats; left > 0 && !interrupted && isInvalid(rows); left--) {
      console.log('  INVALID, so once more')
      ;({ rows, interrupted } = await killRun(one, variables))
    }
    if (interrupted) return null
    for (const row of rows) {
      console.log(`  ${row.caught ? 'caught' : 'NOT CAUGHT'} in ${row.seconds} s: ${row.reason}`)
      if (!row.caught) missed.push(name)
      enter(matrix, row)
    }
    await writeMatrix(matrix)
  }
  const pairs = runs.reduce((sum, { ids }) => sum + ids.length, 0)
  console.log(
    `caught ${pairs - missed.length} of ${pairs} (a defect counts once for each criterion that it names)`,
  )
  return missed.length
}

/** Adds one clean run to the count. True when somebody interrupted it. */
async function cleanRun(counts: CleanRuns, scenario: string, variables: Variables): Promise<boolean> {
  const { verdict, interrupted } = await run({
    scenario,
    variables,
    say: (line) => console.log(`    ${line}`),
  })
  if (interrupted) return true
  counts.runs++
  counts[verdict.verdict.toLowerCase() as 'pass' | 'fail' | 'undecided' | 'invalid']++
  for (const { id, status } of verdict.criteria)
    if (status !== 'PASS') counts.alarms[id] = (counts.alarms[id] ?? 0) + 1
  console.log(`  clean run ${counts.runs}, ${verdict.case}: ${verdict.line}`)
  return false
}

/**
 * Plants every defect (or those of DEFECTS), and kills runs in the middle of faults; with CLEAN makes so many clean runs
 * instead, with DEATHS=1 only kills. Keeps reports/kill-matrix.*.
 */
export async function prove(args: string[]): Promise<number> {
  const raw = rawVariables(args, process.env, ['CLEAN', 'DEATHS'])
  const { DEFECTS, ...variables } = variablesOf(raw)
  const clean = cleanCount(raw['CLEAN'])
  const onlyDeaths = raw['DEATHS'] === '1'
  const isWhole = DEFECTS === undefined && clean === 0
  const testbeds = await provedTestbeds(variables)
  const isPlanting = DEFECTS !== undefined || (isWhole && !onlyDeaths)
  const defects = isPlanting ? defectsToPlant(testbeds, DEFECTS) : {}
  const manifest = await readManifest()
  const plans = Object.values(manifest.scenarios).flatMap((entry) => entry.plans)
  await mkdir(inWork('reports'), { recursive: true })
  const matrix = await readMatrix()
  const missed = isPlanting ? await plantAll(defects, plans, variables, matrix) : 0
  if (missed === null) return exitCodes.UNDECIDED
  let unclean = 0
  if (isWhole || onlyDeaths) {
    console.log('  killed in the middle of a fault: the runner, k6, the keeper')
    matrix.deaths = await allDeaths(Object.values(testbeds), (line) => console.log(line))
    unclean = matrix.deaths.filter((one) => !isClean(one)).length
    await writeMatrix(matrix)
  }
  if (clean > 0) {
    // Over all cases in turn, unless one is named; each run with a seed of its own.
    const named = variables.CASE !== undefined || variables.SCENARIO !== undefined
    const cases = selections(manifest, named ? variables : { ...variables, CASE: 'ALL' })
    matrix.clean_runs = noCleanRuns()
    for (let index = 0; index < clean; index++) {
      const chosen = { ...cases[index % cases.length], SEED: (variables.SEED ?? 1) + index }
      const scenario = scenarioOf(manifest, chosen)
      if (await cleanRun(matrix.clean_runs, scenario, chosen)) return exitCodes.UNDECIDED
      await writeMatrix(matrix)
    }
    console.log(alarmText(matrix.clean_runs))
  }
  console.log('reports/kill-matrix.md')
  return missed > 0 || unclean > 0 || matrix.clean_runs.pass < clean ? exitCodes.FAIL : exitCodes.PASS
}

function cleanCount(text: string | undefined): number {
  const count = Number(text ?? 0)
  if (!Number.isInteger(count) || count < 0 || count > 1000)
    throw new WrongUse(`CLEAN="${text}": expected a whole number from 0 to 1000`)
  return count
}
