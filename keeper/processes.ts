// Facts about processes: who one is (a pid alone is reused), what it started, whether it still lives, and its end.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
} from 'node:fs'
import { setPriority } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { systemCode } from './keeper-error.ts'

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number
  /** Clock ticks from boot to its start, with the boot's id; without /proc, the start time as ps prints it. */
  startTime: string
}

/** Every process that a keeper starts carries `<keeper id>/<service>` under this name in its environment. */
export const keeperMark = 'ASSAY_KEEPER'

/** Without /proc (macOS) identities come from ps, and nothing is sampled. */
export const hasProc = process.platform === 'linux'

const bootId = hasProc ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : ''

/**
 * Names the set of processes that pids on this machine refer to: a container and its host may share a folder, not
 * their pids.
 */
export const pidSpace = hasProc ? `${bootId} ${readlinkSync('/proc/self/ns/pid')}` : process.platform

/** Enough for every file below that is read by it; the kernel gives such a file in one piece. */
const piece = Buffer.alloc(8192)

/**
 * A small file of /proc with as few system calls as there can be: the sampler reads hundreds of them every second.
 * @throws the system's error when the process is gone.
 */
export function readProc(file: string): string {
  const descriptor = openSync(file, 'r')
  try {
    return piece.toString('latin1', 0, readSync(descriptor, piece, 0, piece.length, 0))
  } finally {
    closeSync(descriptor)
  }
}

/** The fields of /proc/<pid>/stat after the program's name (which may hold spaces and brackets); null: no such process. */
export function statFields(pid: number): string[] | null {
  try {
    const text = readProc(`/proc/${pid}/stat`)
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/**
 * Makes a process just started, which leads a session of its own, give way to others with all that it will start. Where
 * Linux shares the cores out by session (autogroup), only the session's niceness counts beside other sessions.
 */
export function giveWay(pid: number, niceness: number): void {
  for (const set of [
    () => setPriority(pid, niceness),
    () => writeFileSync(`/proc/${pid}/autogroup`, String(niceness), { flag: 'r+' }),
  ]) {
    try {
      set()
    } catch {
      // The process may be over, which others report, and not every system has sessions with a niceness.
    }
  }
}

/** The kernel reports processor time in these, on every architecture that Node runs on. */
export const ticksPerSecond = 100

/** Processor seconds of a process, in user and kernel mode, with those of the children that it collected. */
export const processorSeconds = (fields: readonly string[]): number =>
  [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) / ticksPerSecond

/** When a process was started, in Unix ms; null where that cannot be known. */
export function startedAt(pid: number): number | null {
  const fields = hasProc ? statFields(pid) : null
  const [, booted] = hasProc ? (/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8')) ?? []) : []
  if (fields === null || booted === undefined) return null
  return 1000 * (Number(booted) + Number(fields[19]) / ticksPerSecond)
}

/** Who the pid is now; null when nobody is, or only a zombie that waits to be collected. */
export function identify(pid: number): ProcessIdentity | null {
  if (hasProc) {
    const fields = statFields(pid)
    if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null
    return { pid, startTime: `${bootId}:${fields[19] ?? ''}` }
  }
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return text === '' || text.startsWith('Z') ? null : { pid, startTime: text.replace(/^\S+\s+/, '') }
  } catch {
    return null
  }
}

export function isAlive(who: ProcessIdentity): boolean {
  return identify(who.pid)?.startTime === who.startTime
}

/** The same, but for a process that the system hides from us because it is another user's: of that only its number is known. */
export function mayLive(who: ProcessIdentity): boolean {
  const now = identify(who.pid)
  if (now !== null || (hasProc && statFields(who.pid) !== null)) return now?.startTime === who.startTime
  try {
    process.kill(who.pid, 0)
    return false
  } catch (thrown) {
    return systemCode(thrown) === 'EPERM'
  }
}

/** Child pids by parent pid, for all processes of the machine. */
export function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  if (!hasProc) return children
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    const parent = Number(statFields(pid)?.[1])
    if (!(parent > 0)) continue
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [pid])
    else siblings.push(pid)
  }
  return children
}

/** The pid and everything below it, parents first. */
export function treeOf(pid: number, children = childrenByParent()): number[] {
  const tree = [pid]
  for (let index = 0; index < tree.length; index += 1) tree.push(...(children.get(tree[index] ?? 0) ?? []))
  return tree
}

/** What the process started, as it is now: for an end that reaches children which left its process group. */
export function descendantsOf(pid: number): ProcessIdentity[] {
  return treeOf(pid)
    .slice(1)
    .flatMap((child) => identify(child) ?? [])
}

/** All living processes whose environment carries the keeper's mark; `owner` is `<keeper id>/` or `<keeper id>/<service>`. */
export function markedProcesses(owner: string): ProcessIdentity[] {
  if (!hasProc) return []
  const mark = `${keeperMark}=${owner}`
  const whole = !owner.endsWith('/')
  const found: ProcessIdentity[] = []
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    let environment: string
    try {
      environment = readFileSync(`/proc/${entry}/environ`, 'latin1')
    } catch {
      continue
    }
    const carries = environment.split('\0').some((one) => (whole ? one === mark : one.startsWith(mark)))
    const who = carries ? identify(Number(entry)) : null
    if (who !== null) found.push(who)
  }
  return found
}

/** Sends the signal if the process is still who it was; false when it is gone. */
export function signalProcess(who: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(who) && send(who.pid, signal)
}

/** SIGKILL to whatever is left of a process group; false when nothing is. */
export function killGroup(leader: number): boolean {
  return send(-leader, 'SIGKILL')
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (thrown) {
    if (systemCode(thrown) === 'ESRCH') return false
    throw thrown
  }
}

/** Waits until none of them lives; returns those that still do at the deadline. */
export async function whenGone(all: ProcessIdentity[], deadlineMs: number): Promise<ProcessIdentity[]> {
  const end = performance.now() + deadlineMs
  let left = all.filter(isAlive)
  while (left.length > 0 && performance.now() < end) {
    await pause(20)
    left = left.filter(isAlive)
  }
  return left
}
