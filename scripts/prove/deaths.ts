// Proof that nothing is left broken, whoever dies: a run in the middle of a fault, one of its processes killed without
// warning, and the time until nothing of it is left.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { execa } from 'execa'
import { keepersFolder } from '../../keeper/folders.ts'
import { groupFolders } from '../../faults/control-groups.ts'
import { readJournal, type JournalContent } from '../../keeper/journal.ts'
import { isAlive, markedProcesses, signalProcess, type ProcessIdentity } from '../../keeper/processes.ts'
import { isGenerator } from '../../verdict/names.ts'
import { inPackage, packageFolder, workFolder } from '../project.ts'

/** Whose end is tried, in the middle of the cases that a testbed names for it. */
const victims = ['runner', 'k6', 'keeper'] as const
type Victim = (typeof victims)[number]

/** How long anything may be left: a runner's lease, and five seconds. */
const withinMs = 10_000
const shownWithinMs = 180_000
const lookEveryMs = 100

export interface Death {
  killed: Victim
  case: string
  /** What was going on. */
  fault: string
  /** Until nothing was left of it; null: something still was after a long while. */
  seconds: number | null
  left: string[]
}

/** What of a keeper's is still there. */
function residueOf(id: string, isolations: string[]): string[] {
  const processes = markedProcesses(`${id}/`).length
  return [
    ...(processes > 0 ? [`${processes} processes`] : []),
    ...isolations.filter((file) => existsSync(file)),
    ...(existsSync(path.join(keepersFolder(workFolder), id)) ? ['the folder of its keeper'] : []),
  ]
}

/** Files by which isolations of a journal can be seen. */
const isolationFiles = ({ isolations }: JournalContent): string[] =>
  isolations.flatMap((isolation) => {
    if (isolation.kind === 'network') return [`/run/netns/${isolation.name}`]
    return isolation.kind === 'disk' ? [isolation.folder] : groupFolders(isolation.name)
  })

/** Runs a case, kills one of its processes as soon as its first fault shows, and waits until nothing is left. */
async function death(killed: Victim, id: string, say: (line: string) => void): Promise<Death> {
  const keepers = keepersFolder(workFolder)
  const before = new Set(existsSync(keepers) ? readdirSync(keepers) : [])
  const run = execa(inPackage('assay'), ['run', `CASE=${id}`, 'SEED=1'], {
    cwd: packageFolder,
    // The case says which system, and what the surroundings say may be another one; a work folder that they name is seen from theirs.
    env: { SYSTEM: undefined, ASSAY_WORK: workFolder },
    reject: false,
    all: true,
    buffer: false,
  })
  const fault = await firstFault(run.all!, shownWithinMs)
  const keeperId = readdirSync(keepers).find((name) => !before.has(name))
  const journal = keeperId === undefined ? null : readJournal(path.join(keepers, keeperId))
  const keeper = journal?.keeper ?? null
  if (fault === null || keeperId === undefined || journal === null || keeper === null) {
    run.kill('SIGINT')
    await run
    throw new Error(`${id} showed no fault, so nobody could be killed in the middle of one`)
  }
  const files = isolationFiles(journal)
  const k6 = journal.services.find(({ name }) => isGenerator(name))
  const who: Record<Victim, ProcessIdentity | undefined> = { runner: undefined, k6, keeper }
  const since = performance.now()
  const victim = who[killed]
  if (victim === undefined) run.kill('SIGKILL')
  else signalProcess(victim, 'SIGKILL')
  let left = residueOf(keeperId, files)
  while (left.length > 0 && performance.now() - since < 6 * withinMs) {
    await pause(lookEveryMs)
    left = residueOf(keeperId, files)
  }
  const seconds = left.length === 0 ? (performance.now() - since) / 1000 : null
  await run
  if (victim !== undefined && isAlive(victim)) left.push(`the ${killed} itself`)
  const result: Death = {
    killed,
    case: id,
    fault,
    seconds: seconds === null ? null : Number(seconds.toFixed(1)),
    left,
  }
  say(`  ${deathText(result)}`)
  return result
}

export const isClean = ({ seconds, left }: Death): boolean =>
  left.length === 0 && seconds !== null && seconds * 1000 <= withinMs

export const deathText = ({ killed, case: id, fault, seconds, left }: Death): string =>
  `${killed} killed in ${id} (${fault}): ${seconds === null ? `NOT CLEAN: ${left.join(', ')}` : `clean after ${seconds} s`}`

/** The first line that says that a fault took effect; null when none came in time or the run ended before. */
async function firstFault(output: NodeJS.ReadableStream, limitMs: number): Promise<string | null> {
  const lines = createInterface({ input: output })
  const late = setTimeout(() => lines.close(), limitMs)
  let found: string | null = null
  for await (const line of lines) {
    const [, fault] = /^fault: (.*?) took effect/.exec(line.trim()) ?? []
    if (fault === undefined) continue
    found = fault
    break
  }
  clearTimeout(late)
  // The rest has to be read, or the run would wait for somebody who does.
  output.resume()
  return found
}

/** Every victim in the middle of each of these cases. */
export async function allDeaths(cases: string[], say: (line: string) => void): Promise<Death[]> {
  const deaths: Death[] = []
  for (const id of cases) for (const killed of victims) deaths.push(await death(killed, id, say))
  return deaths
}
