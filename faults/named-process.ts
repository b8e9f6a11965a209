// The process that a target file names by its pid file, as far as it can be told from an innocent one: a pid file may be older
// than the process that has its number now, and may have been touched since.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { hasProc, identify, startedAt, treeOf, type ProcessIdentity } from '../keeper/processes.ts'
import { endpointOf } from './endpoint.ts'
import type { ProcessPart } from './parts.ts'

/** A process writes its pid down after it has started; the two clocks may differ by so much. */
const clocksDifferMs = 1000
const shownLetters = 120
const hidden = '[redacted]'

/** The number that the pid file holds. @throws Error that names the field. */
export function pidIn({ pidFile }: ProcessPart, target: string): number {
  const field = `processes.${target}.pidFile`
  if (pidFile === undefined) throw new Error(`the target file has no ${field}, so nothing can be done to it`)
  let text: string
  try {
    text = readFileSync(pidFile, 'utf8').trim()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Error(`${field} (${pidFile}) cannot be read: ${code ?? message}; is ${target} running?`)
  }
  const pid = Number(text)
  if (text !== '' && Number.isInteger(pid) && pid > 1) return pid
  throw new Error(`${field} (${pidFile}) must hold the number of a process, and holds "${text.slice(0, 20)}"`)
}

/**
 * The process of a part that the keeper did not start. @throws Error that names the field, the process that was found, and what
 * does not fit: it has ended, it is younger than the file, its owner did not write the file, or it is another program.
 */
export function namedProcess(part: ProcessPart, target: string): ProcessIdentity {
  const pid = pidIn(part, target)
  const { pidFile = '' } = part
  const who = identify(pid)
  const found = `processes.${target}.pidFile (${pidFile}) names process ${pid}`
  if (who === null) throw new Error(`${found}, which does not run, so nothing can be done to it`)
  const why = misfit(part, target, pid)
  if (why !== null) throw new Error(`${found} (${shown(commandLine(pid))}), which is left alone: ${why}`)
  return who
}

function misfit(part: ProcessPart, target: string, pid: number): string | null {
  const file = statSync(part.pidFile ?? '')
  const startedMs = startedAt(pid)
  if (startedMs !== null && startedMs > file.mtimeMs + clocksDifferMs)
    return `it is younger than the file, so ${target} has ended, and somebody else has its number`
  const owner = ownerOf(pid)
  if (owner !== null && file.uid !== owner && file.uid !== 0)
    return `it belongs to the user ${owner}, and the file to the user ${file.uid}, who could not have started it`
  const field = `processes.${target}.command`
  if (part.command !== undefined)
    return commandLine(pid).includes(part.command)
      ? null
      : `its command line does not hold ${field} ("${part.command}")`
  return doesNotListen(part, target, pid, field)
}

/** Without a word for its command line it is known by the port that it serves. */
function doesNotListen({ health }: ProcessPart, target: string, pid: number, field: string): string | null {
  const { port } = endpointOf(new URL(health))
  const otherwise = `give ${field}, a text that its command line holds`
  if (!hasProc) return `on this system nobody can see whether it listens on port ${port}; ${otherwise}`
  const hears = treeOf(pid).some((one) => listensOn(one, port))
  return hears
    ? null
    : `neither it nor what it started listens on port ${port} of processes.${target}.health (${health}). If it is the right one, ${otherwise}; else correct the file`
}

const listening = '0A'

/** Whether the process has a socket that takes connections on the port, in whichever network it is. */
export function listensOn(pid: number, port: number): boolean {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listenersIn(`/proc/${pid}/net/${table}`, port)))
  if (inodes.size === 0) return false
  try {
    return readdirSync(`/proc/${pid}/fd`).some((name) => inodes.has(linkOf(`/proc/${pid}/fd/${name}`)))
  } catch {
    // It has ended, or is somebody else's, whom we could not signal either.
    return false
  }
}

/** Sockets of a table of the kernel's that listen on the port, as a process's files name them. */
function listenersIn(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return textOf(table)
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      return state === listening && local.endsWith(suffix) ? [`socket:[${inode}]`] : []
    })
}

/** A file of /proc that may be gone. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file)
  } catch {
    return ''
  }
}

/** The user a process runs as; null where that cannot be known. */
function ownerOf(pid: number): number | null {
  if (hasProc) {
    const [, uid] = /^Uid:\s+\d+\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`)) ?? []
    return uid === undefined ? null : Number(uid)
  }
  const uid = asked(pid, 'uid=')
  return uid === '' ? null : Number(uid)
}

/** The words that a process was started with, with blanks between them. */
const commandLine = (pid: number): string =>
  hasProc ? textOf(`/proc/${pid}/cmdline`).split('\0').join(' ').trim() : asked(pid, 'command=')

function asked(pid: number, what: string): string {
  try {
    return execFileSync('ps', ['-o', what, '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** For a report: without what looks like a secret, and not endless. */
const shown = (words: string): string => {
  const clean = words
    .replace(/(\S*(?:pass|token|secret|key)\S*[= ])\S+/gi, `$1${hidden}`)
    .replace(/(:\/\/[^\s:@/]*:)[^\s@/]+@/g, `$1${hidden}@`)
  return clean.length > shownLetters ? `${clean.slice(0, shownLetters)}...` : clean
}
