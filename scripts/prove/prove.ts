// Proof that the suite can fail: each planted defect, and the criterion that must catch it. And clean runs, which must not.
import { mkdir } from 'node:fs/promises'
import { exitCodes } from '../../verdict/verdict.ts'
import type { Plan } from '../../lib/plan/plan.ts'
import { systemNamed } from '../../lib/input/system-named.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { PlantedDefect, TestbedDefinition } from '../../testbed/testbed.ts'
import { rawVariables, variablesOf } from '../commands/arguments.ts'
import {
  alarmText,
  enter,
  enterCleanRun,
  enterDeaths,
  forgetCleanRuns,
  readMatrix,
  writeMatrix,
} from './kill-matrix.ts'
import type { KillMatrix, Row } from './kill-matrix.ts'
import { killRun, killRuns } from './kill-run.ts'
import { allPlans, chooseOrWrongUse, planFor, readManifest, scenarioOf, selections } from '../run/plans.ts'
import { allDeaths, isClean } from './deaths.ts'
import { inWork } from '../project.ts'
import { run } from '../run/run.ts'
import { allTestbeds } from '../run/testbeds.ts'
import { orWrongUse, WrongUse } from '../wrong-use.ts'

/** A defect of a system's testbed. Systems may use the same name for theirs. */
interface Planted extends PlantedDefect {
  name: string
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
 * @param testbeds by the names of their systems; one alone where a system is named
 * @throws WrongUse for a name that no testbed has, or that several have: it does not say which defect is meant
 */
export function defectsToPlant(
  testbeds: Record<string, TestbedDefinition>,
  names: string[] | undefined,
): Planted[] {
  const all = Object.entries(testbeds).flatMap(([system, { defects }]) =>
    Object.entries(defects).map(([name, defect]): Planted => ({ ...defect, name, system })),
  )
  if (names === undefined) return all
  const known = Object.fromEntries(all.map(({ name }) => [name, true]))
  for (const wanted of names) {
    chooseOrWrongUse('defect', wanted, known)
    const systems = all.filter(({ name }) => name === wanted).map(({ system }) => system)
    if (systems.length > 1)
      throw new WrongUse(
        `the testbeds of ${systems.join(' and ')} each have a defect "${wanted}": give SYSTEM= to say which one is meant`,
      )
  }
  return all.filter(({ name }) => names.includes(name))
}

/** A run that is INVALID is repeated at most so often. */
const repeats = 2
const isInvalid = (rows: Row[]): boolean => rows.some(({ status }) => status === 'INVALID')

/** Plants the defects one after the other; how many criteria missed theirs, or null when somebody interrupted it. */
async function plantAll(
  defects: Planted[],
  plans: Plan[],
  variables: Variables,
  matrix: KillMatrix,
): Promise<number | null> {
  const runs = defects.flatMap(({ name, criterion, system, ...more }) => {
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

/**
 * Makes clean runs over all cases in turn, unless one is named; each with a seed of its own. How many were not PASS, or null when
 * somebody interrupted them.
 */
async function cleanRuns(count: number, variables: Variables, matrix: KillMatrix): Promise<number | null> {
  const manifest = readManifest()
  const named = variables.CASE !== undefined || variables.SCENARIO !== undefined
  const cases = selections(manifest, named ? variables : { ...variables, CASE: 'ALL' })
  const chosen = Array.from({ length: count }, (_, index) => ({
    ...cases[index % cases.length],
    SEED: (variables.SEED ?? 1) + index,
  }))
  const runs = await Promise.all(
    chosen.map(async (own) => {
      const scenario = scenarioOf(manifest, own)
      return { scenario, variables: own, system: (await planFor(scenario, own)).system }
    }),
  )
  const systems = [...new Set(runs.map(({ system }) => system))]
  forgetCleanRuns(matrix, systems)
  let passed = 0
  for (const [index, { system: _, ...options }] of runs.entries()) {
    const { verdict, interrupted } = await run({ ...options, say: (line) => console.log(`    ${line}`) })
    if (interrupted) return null
    enterCleanRun(matrix, verdict)
    if (verdict.verdict === 'PASS') passed++
    console.log(`  clean run ${index + 1}, ${verdict.case}: ${verdict.line}`)
    await writeMatrix(matrix)
  }
  for (const system of systems) console.log(`${system}: ${alarmText(matrix.clean_runs_of![system]!)}`)
  return count - passed
}

/**
 * The cases in the middle of whose faults processes are killed, as the testbeds name them.
 * @throws WrongUse where nothing else is asked for and none of them names a case: that would prove nothing
 */
function casesToKill(testbeds: Record<string, TestbedDefinition>, onlyDeaths: boolean): string[] {
  const cases = Object.values(testbeds).flatMap(({ deathCases }) => deathCases)
  if (onlyDeaths && cases.length === 0)
    throw new WrongUse(
      `DEATHS=1 kills runs in the middle of the cases that a testbed names as its deathCases, and that of ${Object.keys(testbeds).join(' and ')} names none`,
    )
  return cases
}

/** Kills processes in the middle of these cases of the systems. How many left something behind. */
async function kills(cases: string[], systems: string[], matrix: KillMatrix): Promise<number> {
  if (cases.length === 0) return 0
  console.log('  killed in the middle of a fault: the runner, k6, the keeper')
  const deaths = await allDeaths(cases, (line) => console.log(line))
  enterDeaths(matrix, systems, deaths)
  await writeMatrix(matrix)
  return deaths.filter((one) => !isClean(one)).length
}

/**
 * Plants every defect (or those of DEFECTS), and kills runs in the middle of faults; with CLEAN makes so many clean runs
 * instead, with DEATHS=1 only kills. Keeps reports/kill-matrix.*.
 */
export async function prove(args: string[]): Promise<number> {
  const manifest = readManifest()
  const raw = rawVariables(args, process.env, ['CLEAN', 'DEATHS'], manifest.variables)
  const { DEFECTS, ...variables } = variablesOf(raw, manifest.variables)
  const clean = cleanCount(raw['CLEAN'])
  const onlyDeaths = raw['DEATHS'] === '1'
  const isWhole = DEFECTS === undefined && clean === 0
  const testbeds = await provedTestbeds(variables)
  const isPlanting = DEFECTS !== undefined || (isWhole && !onlyDeaths)
  const defects = isPlanting ? defectsToPlant(testbeds, DEFECTS) : []
  const deathCases = isWhole || onlyDeaths ? casesToKill(testbeds, onlyDeaths) : []
  const plans = allPlans(manifest)
  await mkdir(inWork('reports'), { recursive: true })
  const matrix = await readMatrix()
  const missed = isPlanting ? await plantAll(defects, plans, variables, matrix) : 0
  if (missed === null) return exitCodes.UNDECIDED
  const unclean = await kills(deathCases, Object.keys(testbeds), matrix)
  const notPassed = clean > 0 ? await cleanRuns(clean, variables, matrix) : 0
  if (notPassed === null) return exitCodes.UNDECIDED
  console.log('reports/kill-matrix.md')
  return missed + unclean + notPassed > 0 ? exitCodes.FAIL : exitCodes.PASS
}

function cleanCount(text: string | undefined): number {
  const count = Number(text ?? 0)
  if (!Number.isInteger(count) || count < 0 || count > 1000)
    throw new WrongUse(`CLEAN="${text}": expected a whole number from 0 to 1000`)
  return count
}
