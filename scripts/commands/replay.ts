// An earlier run, as it can be repeated: its variables, its seed, and its faults at the times at which they came; those that
// could not be injected then come when they were due.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Plan, PlannedFault } from '../../lib/plan/plan.ts'
import type { Variables } from '../../lib/input/variables.ts'
import { callersPath, workFolder } from '../project.ts'
import type { RunOptions } from '../run/run.ts'
import { WrongUse } from '../wrong-use.ts'

interface Config {
  variables: Variables
  plan: Plan
}

/** A line of the timeline that tells of a fault. */
interface FaultLine {
  kind: string
  name: string
  driver: string
  target: string
  settings: PlannedFault['settings']
  seconds: number
  /** Seconds after T0; null in a run whose load never began. */
  at: number | null
}

/** @throws WrongUse when the folder holds no run, or one that never got to its load. */
export async function recordedRun(folder: string): Promise<RunOptions> {
  const root = callersPath(folder)
  const read = (file: string): Promise<string> =>
    readFile(path.join(root, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      throw new WrongUse(
        `${root} holds no run that could be repeated: ${file} cannot be read (${error.code})`,
      )
    })
  const { variables, plan } = JSON.parse(await read('config.json')) as Config
  const { RUN: _, OUT: __, TARGET, ...same } = variables
  return {
    scenario: plan.scenario,
    variables: {
      ...same,
      // Of earlier versions it may be relative: then it was read from there.
      ...(TARGET === undefined ? {} : { TARGET: path.resolve(workFolder, TARGET) }),
      SCENARIO: plan.scenario,
      CASE: plan.case,
      PROFILE: plan.profile,
    },
    faults: faultsIn(plan, await read('timeline.ndjson'), folder),
  }
}

function faultsIn(plan: Plan, timeline: string, folder: string): PlannedFault[] {
  const lines = timeline
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FaultLine)
  const injected = new Map<string, PlannedFault>()
  for (const { kind, name, driver, target, settings, seconds, at } of lines) {
    if (kind !== 'fault') continue
    if (at === null) throw new WrongUse(`${folder}: its load never began, so its faults have no times`)
    injected.set(name, { id: name, driver, target, settings, seconds, start: at })
  }
  // A fault that is left out would leave the verdict with less to show.
  const known = plan.faults.map(({ id }) => id)
  const unknown = [...injected.keys()].filter((id) => !known.includes(id))
  if (unknown.length > 0)
    throw new WrongUse(
      `${folder}: its timeline has faults that its plan in config.json does not have: ${unknown.join(', ')}`,
    )
  return plan.faults.map((fault) => injected.get(fault.id) ?? fault).sort((a, b) => a.start - b.start)
}
