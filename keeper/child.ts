// One process that the keeper started, from its spawn to the last of its output.
import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { programPath } from '../faults/capabilities.ts'
import { entering } from '../faults/control-groups.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import {
  descendantsOf,
  giveWay,
  identify,
  keeperMark,
  killGroup,
  markedProcesses,
  signalProcess,
  whenGone,
} from './processes.ts'
import type { ProcessIdentity } from './processes.ts'
import { CleanLines, type Secrets } from './secrets.ts'
import type { ServiceLog } from './service-log.ts'
import type { Ending, Exit, ServiceSpec, ServiceStatus } from './service.ts'

/** Lines kept in memory: for the message of a failure, and for whoever follows the output a little late. */
const keptLines = 200
/** A grandchild may hold the output open after its parent ended; nobody waits longer for it. */
const lastOutputMs = 1000
const defaultStopTimeoutMs = 5000
/** After SIGKILL only the kernel can hold a process back (frozen, or stuck in a device). */
const killMs = 2000
const killRounds = 3

export type LineListener = (line: string) => void

export class Child {
  readonly spec: ServiceSpec
  readonly who: ProcessIdentity
  /** Resolves once the process ended and its output is written; never rejects. */
  readonly ended: Promise<Exit>
  state: ServiceStatus['state'] = 'starting'
  exit: Exit | null = null
  readonly #owner: string
  readonly #process: ChildProcess
  readonly #log: ServiceLog
  readonly #lastLines: string[] = []
  readonly #lastOutput: string[] = []
  readonly #listeners = new Set<LineListener>()
  #stopping: Promise<Ending> | null = null

  private constructor(
    spec: ServiceSpec,
    owner: string,
    started: ChildProcess,
    who: ProcessIdentity,
    log: ServiceLog,
  ) {
    this.spec = spec
    this.who = who
    this.#owner = owner
    this.#process = started
    this.#log = log
    this.ended = new Promise((resolve) =>
      started.once('exit', (code, signal) => resolve(this.#over({ code, signal }))),
    )
  }

  /**
   * Starts the process in a session and process group of its own.
   * @throws KeeperError start_failed when the program cannot be run.
   */
  static async start(spec: ServiceSpec, keeperId: string, log: ServiceLog, secrets: Secrets): Promise<Child> {
    const owner = `${keeperId}/${spec.name}`
    const { PATH = '', HOME = '' } = process.env
    const { command, args } = confined(spec)
    const started = spawn(command, args, {
      env: { PATH, HOME, ...spec.env, [keeperMark]: owner },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    })
    if (started.pid === undefined) {
      const reason = await new Promise((resolve) => started.once('error', resolve))
      throw new KeeperError(
        'start_failed',
        `${spec.name} could not be started: ${reasonOf(reason)} (${spec.command})`,
      )
    }
    // At once: threads and processes that exist already would keep what they have.
    if (spec.niceness !== undefined) giveWay(started.pid, spec.niceness)
    // A later failure to signal is reported where it is tried; without a listener it would end the keeper.
    started.on('error', () => {})
    // Nothing has collected the child yet, so at worst it is a zombie: its identity is then only its number.
    const who = identify(started.pid) ?? { pid: started.pid, startTime: 'ended at once' }
    const child = new Child(spec, owner, started, who, log)
    child.#follow(secrets)
    return child
  }

  get wasStopped(): boolean {
    return this.#stopping !== null
  }

  status(): ServiceStatus {
    return { name: this.spec.name, pid: this.who.pid, state: this.state, exit: this.exit }
  }

  /** The last clean lines of both streams, newest last. */
  lastLines(count: number): string[] {
    return this.#lastLines.slice(-count)
  }

  /** Gives the lines of standard output: the kept ones at once, the others as they come. Returns how to stop it. */
  listen(listener: LineListener): () => void {
    this.#lastOutput.forEach(listener)
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  signal(signal: NodeJS.Signals): void {
    if (this.exit !== null) return
    this.#process.kill(signal)
  }

  /**
   * Ends the process: its stop signal, then SIGKILL to the process group and to everything it started. A second call
   * waits for the first.
   */
  stop(timeoutMs = this.spec.stopTimeoutMs ?? defaultStopTimeoutMs): Promise<Ending> {
    this.#stopping ??= this.#stop(timeoutMs)
    return this.#stopping
  }

  survived(): Ending {
    return { name: this.spec.name, code: null, signal: null, how: 'survived' }
  }

  async #stop(timeoutMs: number): Promise<Ending> {
    const { name, stopSignal = 'SIGTERM' } = this.spec
    if (this.exit !== null) return { name, ...this.exit, how: 'already over' }
    this.state = 'stopping'
    const family = descendantsOf(this.who.pid)
    this.signal(stopSignal)
    let exit = await within(this.ended, timeoutMs)
    const how = exit === null ? 'killed' : 'stopped'
    if (exit === null) {
      family.push(...descendantsOf(this.who.pid))
      killGroup(this.who.pid)
    }
    for (const one of family) signalProcess(one, 'SIGKILL')
    exit ??= await within(this.ended, killMs)
    return exit === null ? this.survived() : { name, ...exit, how }
  }

  async #over(exit: Exit): Promise<Exit> {
    const closed = new Promise((resolve) => this.#process.once('close', resolve))
    try {
      // Whatever the process leaves in its group, or marked as its own, has no owner any more.
      killGroup(this.who.pid)
      await this.#killMarked()
    } catch (thrown) {
      this.#log.write(`[keeper] what ${this.spec.name} left could not be ended: ${reasonOf(thrown)}\n`)
    }
    await within(closed, lastOutputMs)
    this.exit = exit
    this.state = 'over'
    const how =
      exit.signal === null
        ? `code ${exit.code}`
        : `${exit.signal} (${constants.signals[exit.signal as NodeJS.Signals]})`
    this.#log.write(`[keeper] ${this.spec.name} (pid ${this.who.pid}) ended with ${how}\n`)
    await this.#log.flush()
    return exit
  }

  /** Again until none is found: what is ended may have started something in its last moment. */
  async #killMarked(): Promise<void> {
    for (let round = 0; round < killRounds; round += 1) {
      const left = markedProcesses(this.#owner)
      if (left.length === 0) return
      for (const one of left) signalProcess(one, 'SIGKILL')
      await whenGone(left, killMs)
    }
  }

  #follow(secrets: Secrets): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      const lines = new CleanLines(secrets)
      const take = (text: string): void => this.#take(text, stream === 'stdout')
      this.#process[stream]?.on('data', (chunk: Buffer) => take(lines.push(chunk)))
      this.#process[stream]?.on('end', () => take(lines.end()))
      this.#process[stream]?.on('error', (thrown) =>
        take(`[keeper] cannot read ${stream}: ${reasonOf(thrown)}\n`),
      )
    }
  }

  #take(text: string, isOutput: boolean): void {
    if (text === '') return
    this.#log.write(text)
    const lines = text.slice(0, -1).split('\n')
    keep(this.#lastLines, lines)
    if (!isOutput) return
    keep(this.#lastOutput, lines)
    for (const listener of this.#listeners) lines.forEach(listener)
  }
}

/**
 * The program as it is started in its group and its network: whoever gets it there becomes it, so that its pid is the
 * program's own and nothing that it starts is left outside.
 */
function confined({ command, args, group, network }: ServiceSpec): { command: string; args: string[] } {
  const inside = group === undefined ? [command, ...args] : entering(group, [command, ...args])
  const [first = command, ...rest] =
    network === undefined ? inside : [programPath('ip'), 'netns', 'exec', network, ...inside]
  return { command: first, args: rest }
}

/** What the promise gives, or null at the deadline. */
async function within<T>(promise: Promise<T>, deadlineMs: number): Promise<T | null> {
  const stop = new AbortController()
  const late = pause(deadlineMs, null, { signal: stop.signal }).catch(() => null)
  try {
    return await Promise.race([promise, late])
  } finally {
    stop.abort()
  }
}

function keep(kept: string[], lines: string[]): void {
  kept.push(...lines.slice(-keptLines))
  if (kept.length > keptLines) kept.splice(0, kept.length - keptLines)
}
