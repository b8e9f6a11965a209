// Ends and removes what dead keepers left. A process is ended only when its number and its start time are those of the journal,
// or when it carries the dead keeper's own mark; never by its name.
import { lstatSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { NobodyListens, type FaultSpec } from '../faults/fault.ts'
import { clearJournalled } from './faults.ts'
import { ownershipProblem, removeFolder } from './folders.ts'
import { removeIsolation } from './isolations.ts'
import { journalFile, readJournal, type JournalContent } from './journal.ts'
import { reasonOf, systemCode } from './keeper-error.ts'
import {
  descendantsOf,
  isAlive,
  markedProcesses,
  mayLive,
  pidSpace,
  signalProcess,
  whenGone,
} from './processes.ts'
import type { ProcessIdentity } from './processes.ts'

/** A living keeper touches its journal this often; only where its pid cannot be looked up does that decide. */
export const heartbeatMs = 5000
const silentMs = 60_000
/** For orderly ends of everything one dead keeper left, and then for their SIGKILL. */
const orderlyMs = 2000
const killMs = 1000
const killRounds = 5

/** What was found in one keeper folder, and done about it. */
export interface StaleKeeper {
  id: string
  /** "ended postgres (pid 12)", "removed /tmp/assay-x": one line per deed. */
  cleared: string[]
  /** What could not be ended or removed, and why. */
  left: string[]
}

/** Names of folders of keepers; a file that a system puts into every folder is none. */
const keepersIn = async (keepersRoot: string): Promise<string[]> =>
  (await readdir(keepersRoot).catch(() => [])).filter((name) => name.startsWith('k-'))

/** Goes through all keepers of a project. Living ones, and those that are just starting, are left alone. */
export async function clearStaleKeepers(keepersRoot: string): Promise<StaleKeeper[]> {
  const names = await keepersIn(keepersRoot)
  const found = await Promise.all(names.map((name) => clearStaleKeeper(path.join(keepersRoot, name))))
  return found.filter((one) => one !== null)
}

/** The ids of keepers that died and were not cleared yet. */
export async function staleKeepers(keepersRoot: string): Promise<string[]> {
  const names = await keepersIn(keepersRoot)
  const stale = await Promise.all(names.map((name) => isStale(path.join(keepersRoot, name))))
  return names.filter((_, index) => stale[index])
}

/** Clears one keeper folder; null when its keeper lives. What another user may have written is named, and not followed. */
export async function clearStaleKeeper(folder: string): Promise<StaleKeeper | null> {
  if (!(await isStale(folder))) return null
  const problem = journalProblem(folder)
  if (problem !== null)
    return {
      id: path.basename(folder),
      cleared: [],
      left: [`${problem}, so nothing is done that its journal says; remove ${folder}`],
    }
  const journal = readJournal(folder)
  const result: StaleKeeper = { id: path.basename(folder), cleared: [], left: [] }
  // Another container's pids mean nothing here; its processes went with it.
  if (journal?.keeper?.pidSpace === pidSpace) {
    const lasting = await clearFaults(journal, result)
    await endServices(journal, result)
    await clearLasting(lasting, journal, result)
    await removeIsolations(folder, journal, result)
  }
  if (result.left.length === 0) await removeFolders(folder, journal, result)
  return result
}

const journalProblem = (folder: string): string | null =>
  ownershipProblem(folder, 'folder') ?? ownershipProblem(path.join(folder, journalFile), 'file')

/** A keeper that lives is no leftover, whoever wrote its journal: nothing is done by it, and nothing has to be. */
async function isStale(folder: string): Promise<boolean> {
  const file = path.join(folder, journalFile)
  // Whatever else has that name is not read: it might never end.
  if (isOther(file)) return true
  const keeper = readJournal(folder)?.keeper ?? null
  if (keeper?.pidSpace === pidSpace) return !mayLive(keeper)
  return (await isSilent(file)) && (keeper !== null || (await isSilent(folder)))
}

function isOther(file: string): boolean {
  try {
    return lstatSync(file).isFile() === false
  } catch {
    return false
  }
}

/** What nobody lets us look at may be anything but silent. */
async function isSilent(file: string): Promise<boolean> {
  const mtimeMs = await stat(file).then(
    (stats) => stats.mtimeMs,
    (thrown: unknown) => (systemCode(thrown) === 'EACCES' ? Infinity : 0),
  )
  return Date.now() - mtimeMs > silentMs
}

/**
 * Before the services end: a process of somebody else's that was stopped goes on, a proxy's toxics are taken away. Resolves
 * with the faults that could not be ended.
 */
async function clearFaults({ faults }: JournalContent, result: StaleKeeper): Promise<FaultSpec[]> {
  const lasting: FaultSpec[] = []
  for (const fault of faults) {
    try {
      await clearJournalled(fault)
      result.cleared.push(`ended the fault "${fault.id}"`)
    } catch (thrown) {
      if (thrown instanceof NobodyListens)
        result.cleared.push(`the fault "${fault.id}" went with whoever held it: ${thrown.message}`)
      else lasting.push(fault)
    }
  }
  return lasting
}

/** After the services' end: what was done to one of them went with it. */
async function clearLasting(
  lasting: FaultSpec[],
  { services }: JournalContent,
  result: StaleKeeper,
): Promise<void> {
  for (const fault of lasting) {
    if (fault.own === true && !services.some(isAlive)) {
      result.cleared.push(`the fault "${fault.id}" went with what it was done to`)
      continue
    }
    try {
      await clearJournalled(fault)
      result.cleared.push(`ended the fault "${fault.id}"`)
    } catch (thrown) {
      result.left.push(`the fault "${fault.id}" still lasts: ${reasonOf(thrown)}`)
    }
  }
}

async function removeIsolations(
  folder: string,
  { isolations }: JournalContent,
  result: StaleKeeper,
): Promise<void> {
  for (const isolation of isolations.reverse()) {
    try {
      await removeIsolation(isolation, folder)
      result.cleared.push(
        `removed ${isolation.kind} ${isolation.kind === 'disk' ? isolation.folder : isolation.name}`,
      )
    } catch (thrown) {
      result.left.push(reasonOf(thrown))
    }
  }
}

/** The stop signal to each service in one go, last started first, then SIGKILL to what is left and everything below it. */
async function endServices(journal: JournalContent, result: StaleKeeper): Promise<void> {
  const named = journal.services.filter(isAlive).reverse()
  const all = new Map<string, ProcessIdentity>()
  const find = (): ProcessIdentity[] => {
    const found = [
      ...named,
      ...markedProcesses(`${journal.keeper?.id}/`),
      ...named.flatMap(({ pid }) => descendantsOf(pid)),
    ]
    for (const one of found) if (isAlive(one)) all.set(`${one.pid} ${one.startTime}`, one)
    return [...all.values()].filter(isAlive)
  }
  find()
  for (const service of named) {
    signalProcess(service, service.stopSignal)
    // A stopped process takes no signal but these.
    signalProcess(service, 'SIGCONT')
  }
  if (named.length > 0) await whenGone([...all.values()], orderlyMs)
  // Again until nothing is found: what is ended may have started something in its last moment.
  for (let round = 0, left = find(); left.length > 0 && round < killRounds; round += 1, left = find()) {
    for (const one of left) signalProcess(one, 'SIGKILL')
    await whenGone(left, killMs)
  }
  let below = 0
  for (const one of all.values()) {
    const name = named.find(({ pid }) => pid === one.pid)?.name
    const text = `${name ?? 'a process of a service'} (pid ${one.pid})`
    if (isAlive(one)) result.left.push(`${text} survives SIGKILL`)
    else if (name === undefined) below += 1
    else result.cleared.push(`ended ${text}`)
  }
  if (below > 0) result.cleared.push(`ended ${below} more that services had started`)
}

async function removeFolders(
  folder: string,
  journal: JournalContent | null,
  result: StaleKeeper,
): Promise<void> {
  for (const one of journal?.folders ?? []) {
    try {
      if (await removeFolder(one, folder)) result.cleared.push(`removed ${one}`)
    } catch (thrown) {
      result.left.push(`${one} is still there: ${reasonOf(thrown)}`)
    }
  }
  // The journal goes last and only when nothing is left to find by it.
  if (result.left.length > 0) return
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
    result.cleared.push(`removed ${folder}`)
  } catch (thrown) {
    result.left.push(`${folder} is still there: ${reasonOf(thrown)}`)
  }
}
