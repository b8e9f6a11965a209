// One run from start to verdict: target, keeper, testbed, k6, judgement. Whatever happens, what it started is stopped.
import { mkdir, readFile, rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { startKeeper } from '../../keeper/client.ts'
import { isLoopback } from '../../lib/input/address.ts'
import { withActors } from '../../lib/plan/fault-plan.ts'
import type { Plan, PlannedFault } from '../../lib/plan/plan.ts'
import { checkConfirmed, checkCredentials, checkSystem, chooseTarget } from '../../lib/input/target.ts'
import type { Target } from '../../lib/input/target.ts'
import type { Variables } from '../../lib/input/variables.ts'
import type { TestbedDefinition } from '../../testbed/testbed.ts'
import type { Status } from '../../verdict/verdict.ts'
import { programOnPath } from '../../faults/capabilities.ts'
import { partsOf, type Parts } from '../../faults/parts.ts'
import { ensureBinary, findK6 } from '../build/binaries.ts'
import { announce, testbedHere } from './announcement.ts'
import { conclude } from './conclusion.ts'
import { provideData } from './data-files.ts'
import { checkDrivers } from './disturbances.ts'
import { checkFaultParts } from './fault-parts.ts'
import type { RunResult } from './conclusion.ts'
import type { EventLog } from '../evidence/events.ts'
import { checkGenerator } from './generator-need.ts'
import { attempted } from './kept.ts'
import { driveLoad, Interruption } from './load.ts'
import type { Driven } from './load.ts'
import { checkLaws, oraclesOf } from '../evidence/oracles.ts'
import { checkK6Variables, passedOn, wayNotes } from './k6-environment.ts'
import { outputsIn } from './k6-outputs.ts'
import { isExternal, planFor } from './plans.ts'
import { inWork, workFolder } from '../project.ts'
import { printable } from '../report/text.ts'
import type { RunContext } from './run-context.ts'
import { reachedByFaults, targetNotes, testbedNotes } from './reached.ts'
import { startTestbed, wantsToxiproxy } from './testbed.ts'
import { testbedOf } from './testbeds.ts'
import type { Testbed } from './testbed.ts'
import { isInPods } from './told-faults.ts'
import { WrongUse } from '../wrong-use.ts'

export interface RunOptions {
  scenario: string
  variables: Variables
  /** Faults at their own times, in place of the plan's. */
  faults?: PlannedFault[]
  /** As RunContext.stopWhen. */
  stopWhen?: (log: EventLog, plan: Plan) => string | null
  /** Writes lines for people; default stdout. */
  say?: (line: string) => void
  /** Whoever asks it to end; its signals are not taken back when the run is over. Its own when left out. */
  interruption?: Interruption
  /** Called with what k6 and the keeper brought back, before it is judged. */
  driven?: (driven: Driven, context: RunContext) => Promise<void>
  /** Called when the verdict is in place: nothing that happens later changes it. */
  reached?: (result: { status: Status; interrupted: boolean }) => void
}

/** What a run is made of. Checked before anything starts, so that wrong use costs nothing. */
async function prepared(options: RunOptions, say: (line: string) => void) {
  checkK6Variables(process.env)
  const outputs = outputsIn(options.variables.OUT)
  const variables = {
    ...options.variables,
    SEED: options.variables.SEED ?? Math.floor(Date.now() / 1000) % 1_000_000,
  }
  const planned = await planFor(options.scenario, variables)
  const plan = { ...planned, faults: repeated(options.faults, planned.faults) }
  checkGenerator(plan)
  const external = isExternal(variables)
  if (external && (variables.DEFECTS ?? []).length > 0) {
    throw new WrongUse(
      'DEFECTS plants bugs in the testbed; it cannot be given together with TARGET or BASE_URL',
    )
  }
  const addresses = Object.keys(plan.endpoints ?? {})
  if (!external && addresses.length > 0)
    throw new WrongUse(
      `the testbed has its own ${addresses.join(' and ')}: give that address together with BASE_URL or TARGET`,
    )
  const named = external ? await externalTarget(plan, variables) : null
  const definition = named === null ? await testbedFor(plan.system) : null
  const needsExtension = named !== null && plan.faults.some((fault) => isInPods(fault, named.parts))
  const passed = passedOn(process.env, outputs, { inPods: needsExtension })
  const notes =
    named === null
      ? testbedNotes(definition?.schema ?? null, variables, process.env)
      : [...targetNotes(named.target, plan, variables), ...wayNotes(passed, isLoopback(named.target.baseUrl))]
  await provideData(plan.system, plan.settings ?? {}, say)
  const oracles = await oraclesOf(plan.system)
  checkLaws(plan, oracles)
  checkDrivers(plan, named?.parts ?? partsOf({}))
  if (named !== null) await checkFaultParts(plan, named.parts, named.target, process.env)
  const k6 = await findK6({
    say,
    needsExtension,
    ...(variables.K6 === undefined ? {} : { k6: variables.K6 }),
  })
  const toxiproxy = named === null && wantsToxiproxy(plan) ? await toxiproxyOrNot(say) : null
  return {
    variables,
    plan,
    named,
    definition,
    notes,
    oracles,
    toxiproxy,
    k6: { ...k6, outputs, passedOn: passed },
  }
}

/** @throws WrongUse for what cannot be run; NoEvidence where nothing was measured */
export async function run(options: RunOptions): Promise<RunResult> {
  const say = options.say ?? ((line: string) => console.log(printable(line)))
  const { variables, plan, named, definition, notes, oracles, k6, toxiproxy } = await prepared(options, say)
  const { runId, runDir } = await makeRunFolder(plan, variables)
  announce(say, plan, variables, runId, named?.target ?? testbedHere)
  for (const line of notes) say(line)
  const keeper = await startKeeper({
    workFolder,
    runDir,
    allow: allowedPrograms(k6.path, toxiproxy, definition?.programs() ?? []),
  })
  const interruption = options.interruption ?? new Interruption()
  interruption.watch()
  let testbed: Testbed | null = null
  let cleaning: Promise<string[]> | null = null
  // What cannot be ended or removed is told beside the verdict, which must not be lost for it.
  const cleanUp = (): Promise<string[]> =>
    (cleaning ??= attempted({
      'something could not be ended': () => keeper.end(),
      'something could not be removed': async () => testbed?.dispose(),
    }))
  let wrongUse = false
  try {
    if (definition !== null) {
      say(`testbed: starting (${definition.about({ history: plan.history })})`)
      testbed = await startTestbed(definition, keeper, plan, variables, toxiproxy)
      const planted =
        testbed.defects.length > 0 ? `, with planted defects: ${testbed.defects.join(', ')}` : ''
      say(`testbed: ready at ${testbed.target.baseUrl}${planted}`)
    }
    const target = named?.target ?? testbed!.target
    const parts = named?.parts ?? testbed!.parts
    const stopWhen = options.stopWhen === undefined ? {} : { stopWhen: options.stopWhen }
    const context = { runId, runDir, plan, variables, target, parts, k6, oracles, say, testbed, ...stopWhen }
    const secrets = testbed?.secrets ?? secretsOf(target)
    const driven = await driveLoad(context, keeper, secrets, interruption)
    // The keeper's samples are whole when it has ended.
    const left = await cleanUp()
    await options.driven?.(driven, context)
    return await conclude(context, driven, left, options.reached)
  } catch (error) {
    wrongUse = error instanceof WrongUse
    // There is no verdict that it could be told with.
    for (const problem of await cleanUp()) say(problem)
    throw error
  } finally {
    if (options.interruption === undefined) interruption.close()
    // The folder is this run's own, and wrong use leaves nothing worth reading in it.
    if (wrongUse)
      await rm(runDir, { recursive: true, force: true }).catch((error: Error) => say(error.message))
  }
}

/** Faults at their own times; a timeline does not say which of them actors commit themselves, and the plan does. */
function repeated(given: PlannedFault[] | undefined, planned: PlannedFault[]): PlannedFault[] {
  if (given === undefined) return planned
  return given.map((fault) =>
    withActors(fault, planned.find(({ driver }) => driver === fault.driver)?.byActors),
  )
}

async function testbedFor(system: string): Promise<TestbedDefinition> {
  const found = await testbedOf(system)
  if (found === null) throw new WrongUse(`the system ${system} has no testbed; give TARGET= or BASE_URL=`)
  return found
}

/** Without it nothing can be done to links: the faults that would be are not injected, and the rest of the run goes on. */
const toxiproxyOrNot = (say: (line: string) => void): Promise<string | null> =>
  ensureBinary('toxiproxy', { say }).catch((error: Error) => {
    say(`no fault is done to links: ${error.message}`)
    return null
  })

const allowedPrograms = (k6: string, toxiproxy: string | null, ofTestbed: string[]): string[] => [
  process.execPath,
  k6,
  ...ofTestbed,
  ...[toxiproxy, programOnPath('stress-ng')].filter((program) => program !== null),
]

/** Values of the target's credentials, from the environment only. */
function secretsOf(target: Target): Record<string, string> {
  const names = Object.values(target.credentials)
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
}

/** A folder of this run's own: nothing of an earlier run may be taken for this one's. */
async function makeRunFolder(plan: Plan, variables: Variables): Promise<{ runId: string; runDir: string }> {
  await mkdir(inWork('reports'), { recursive: true }).catch((error: Error) => {
    throw new WrongUse(`the folder reports cannot be made: ${error.message}`)
  })
  await checkDisk(inWork('reports'))
  const stem = variables.RUN ?? newRunId(plan)
  for (let attempt = 1; ; attempt++) {
    const runId = attempt === 1 ? stem : `${stem}-${attempt}`
    const runDir = inWork('reports', runId)
    try {
      await mkdir(runDir)
      await mkdir(path.join(runDir, 'services'))
      return { runId, runDir }
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST') throw new WrongUse(`the folder reports/${runId} cannot be made: ${message}`)
      if (variables.RUN !== undefined)
        throw new WrongUse(`RUN=${stem}: reports/${stem} is there already; give another id`)
    }
  }
}

/** What a run with its database, logs and report may need. */
const leastDiskBytes = 512 * 2 ** 20

async function checkDisk(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= leastDiskBytes) return
  const free = Math.floor((bavail * bsize) / 2 ** 20)
  throw new WrongUse(
    `only ${free} MiB are free on the disk of reports/, and a run needs ${leastDiskBytes / 2 ** 20} MiB; free some space and run again`,
  )
}

function newRunId(plan: Plan): string {
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
  return `${time}-${plan.case.replace('/', '-').toLowerCase()}-${plan.profile}`
}

async function externalTarget(plan: Plan, variables: Variables): Promise<{ target: Target; parts: Parts }> {
  try {
    const text = variables.TARGET === undefined ? '' : await readTargetFile(variables.TARGET)
    const target = chooseTarget(variables, plan, () => text)
    checkCredentials(target, variables, process.env)
    checkSystem(target, plan.system)
    const parts = partsToDisturb(text, variables)
    checkConfirmed(target, plan.peakPerSecond, variables, await reachedByFaults(parts, plan, process.env))
    return { target, parts }
  } catch (error) {
    throw new WrongUse((error as Error).message)
  }
}

/** Nothing is broken at somebody else's who did not say that it may be. */
function partsToDisturb(text: string, { TARGET, ALLOW_FAULTS }: Variables): Parts {
  if (text === '' || ALLOW_FAULTS !== true) return partsOf({})
  try {
    return partsOf(JSON.parse(text) as object)
  } catch (error) {
    throw new Error(`target file ${TARGET}: ${(error as Error).message}`)
  }
}

async function readTargetFile(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new WrongUse(`target file ${file} cannot be read: ${error.code ?? error.message}`)
  })
}
