// The runner's side of the keeper: starts it, renews its lease, asks it to start and stop things, and ends it.
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Connection } from './connection.ts'
import { dataFolder, keepersFolder, makePrivateFolder } from './folders.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import { lastLines, spawnKeeper, stderrFile, whenReady } from './launch.ts'
import { clearStaleKeeper } from './recovery.ts'
import type { FaultRequest, IsolationSpec, KeeperReady, KeeperSettings, ServiceSignal } from './requests.ts'
import type { Ending, Exit, ServiceSpec, ServiceStatus } from './service.ts'

export { KeeperError } from './keeper-error.ts'

const defaultLeaseMs = 5000
/** Renewals per lease: one that comes late costs nothing. */
const renewalsPerLease = 5
const defaultLogLimitBytes = 20 * 1024 * 1024
const exitTimeoutMs = 5000

export interface StartKeeperOptions {
  /** The keeper's state goes to .assay below it. */
  workFolder: string
  /** Logs and resources go to services/ below it. */
  runDir: string
  /** Absolute paths of the programs that may be started; one may be put in place later. */
  allow: string[]
  /** Everything is ended when the runner was not heard of for this long. Never block the event loop for longer. */
  leaseMs?: number
  /** Of one service's log, with its predecessor. */
  logLimitBytes?: number
  /** The keeper's bundle; dist/node/keeper/main.js of the work folder when left out. */
  program?: string
}

export interface KeeperClient {
  readonly id: string
  readonly pid: number
  /** A folder for the data of services, removed at the end; users other than the runner's may pass through it. */
  readonly stateDir: string
  /** What this start cleared of keepers that had died, one line per deed. */
  readonly cleared: string[]
  /** Resolves, with the reason, if the keeper goes without having been asked to. Never rejects. */
  readonly lost: Promise<KeeperError>
  /** Resolves when the service is ready. Rejects with its last log lines when it is not. */
  start(spec: ServiceSpec): Promise<{ pid: number }>
  /** Orderly: its stop signal, then SIGKILL after its time. */
  stop(name: string): Promise<Ending>
  signal(name: string, signal: ServiceSignal): Promise<void>
  /** Resolves when the service is over, whoever ended it. Its output was delivered and its log written before. */
  waitExit(name: string): Promise<Exit>
  /** Follows standard output, secrets hidden, from the last 200 lines on. Resolves at its end; rejects when the keeper is gone. */
  output(name: string, onLine: (line: string) => void): Promise<void>
  status(): Promise<ServiceStatus[]>
  /** Samples the resources of a process that the keeper did not start, and of what it started. */
  sample(name: string, pid: number): Promise<void>
  /** Removes the folder at the end, or after a crash: below .assay/keepers, or named assay-... in the temporary folder. */
  removeAtEnd(folder: string): Promise<void>
  /** A control group, a network or a disk that isolates a service, removed after it. */
  makeIsolation(isolation: IsolationSpec): Promise<void>
  /** Injects it, journalled first; ends it by itself when its time is well over, or with everything else. */
  inject(fault: FaultRequest): Promise<void>
  /** Ends a fault; does nothing when it has ended. */
  clear(fault: string): Promise<void>
  /** What is left of a fault, in words. */
  residue(fault: string): Promise<string[]>
  /** Ends everything and the keeper; after it died, ends what it left. Rejects with what could not be ended. Idempotent. */
  end(): Promise<void>
}

/**
 * Starts a keeper and clears what dead ones left.
 * @throws KeeperError keeper_not_started with the keeper's own words.
 */
export async function startKeeper(options: StartKeeperOptions): Promise<KeeperClient> {
  const root = path.resolve(options.workFolder)
  const settings: KeeperSettings = {
    id: `k-${randomBytes(8).toString('hex')}`,
    keepersRoot: keepersFolder(root),
    runDir: path.resolve(options.runDir),
    allow: options.allow,
    leaseMs: options.leaseMs ?? defaultLeaseMs,
    logLimitBytes: options.logLimitBytes ?? defaultLogLimitBytes,
  }
  const program = options.program ?? path.join(root, 'dist', 'node', 'keeper', 'main.js')
  const token = randomBytes(32).toString('base64url')
  const folder = path.join(settings.keepersRoot, settings.id)
  const { keepersRoot } = settings
  for (const one of [path.dirname(keepersRoot), keepersRoot, folder, path.join(folder, dataFolder)])
    makePrivateFolder(one)
  const started = spawnKeeper(program, settings, token, folder)
  try {
    const ready = await whenReady(started)
    return new Client(settings, folder, started, ready, token)
  } catch (thrown) {
    started.kill('SIGKILL')
    const words = lastLines(path.join(folder, stderrFile))
    rmSync(folder, { recursive: true, force: true })
    throw new KeeperError(
      'keeper_not_started',
      `the keeper did not start: ${reasonOf(thrown)}${words} (${program})`,
    )
  }
}

class Client implements KeeperClient {
  readonly id: string
  readonly pid: number
  readonly stateDir: string
  readonly cleared: string[]
  readonly lost: Promise<KeeperError>
  readonly #folder: string
  readonly #runDir: string
  readonly #process: ChildProcess
  readonly #connection: Connection
  readonly #following = new AbortController()
  readonly #exited: Promise<void>
  readonly #timer: NodeJS.Timeout
  #isGone = false
  #ending: Promise<void> | null = null

  constructor(
    settings: KeeperSettings,
    folder: string,
    started: ChildProcess,
    ready: KeeperReady,
    token: string,
  ) {
    this.id = settings.id
    this.pid = started.pid ?? 0
    this.stateDir = path.join(folder, dataFolder)
    this.cleared = ready.cleared
    this.#folder = folder
    this.#runDir = settings.runDir
    this.#process = started
    this.#connection = new Connection(ready.port, token, () => this.#whyLost())
    this.#exited = new Promise((resolve) => {
      if (started.exitCode !== null || started.signalCode !== null) resolve()
      started.once('exit', () => resolve())
    })
    this.lost = this.#exited.then(() => {
      this.#isGone = true
      clearInterval(this.#timer)
      // An asked-for end is no loss: the promise then stays as it is.
      return this.#ending === null ? this.#whyLost() : new Promise<never>(() => {})
    })
    this.#timer = setInterval(() => void this.#connection.renew(), settings.leaseMs / renewalsPerLease)
    this.#timer.unref()
    started.unref()
  }

  async start(spec: ServiceSpec): Promise<{ pid: number }> {
    const { pid } = await this.#connection.call<ServiceStatus>('POST', '/services', spec)
    return { pid }
  }

  stop(name: string): Promise<Ending> {
    return this.#connection.call('POST', this.#path(name, 'stop'))
  }

  async signal(name: string, signal: ServiceSignal): Promise<void> {
    await this.#connection.call('POST', this.#path(name, 'signal'), { signal })
  }

  waitExit(name: string): Promise<Exit> {
    return this.#connection.call('GET', this.#path(name, 'exit'))
  }

  async output(name: string, onLine: (line: string) => void): Promise<void> {
    try {
      await this.#connection.lines(this.#path(name, 'output'), onLine, this.#following.signal)
    } catch (thrown) {
      if (this.#following.signal.aborted) return
      throw thrown instanceof KeeperError ? thrown : this.#whyLost()
    }
  }

  status(): Promise<ServiceStatus[]> {
    return this.#connection.call('GET', '/services')
  }

  async sample(name: string, pid: number): Promise<void> {
    await this.#connection.call('POST', '/samples', { name, pid })
  }

  async removeAtEnd(folder: string): Promise<void> {
    await this.#connection.call('POST', '/folders', { path: folder })
  }

  async makeIsolation(isolation: IsolationSpec): Promise<void> {
    await this.#connection.call('POST', '/isolations', isolation)
  }

  async inject(fault: FaultRequest): Promise<void> {
    await this.#connection.call('POST', '/faults', fault)
  }

  async clear(id: string): Promise<void> {
    await this.#connection.call('POST', '/faults/clear', { id })
  }

  residue(id: string): Promise<string[]> {
    return this.#connection.call('POST', '/faults/residue', { id })
  }

  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    let left: string[] = []
    try {
      left = await this.#endOrClear()
    } finally {
      clearInterval(this.#timer)
      this.#following.abort()
      await this.#connection.close()
    }
    if (left.length > 0)
      throw new KeeperError('internal', `the keeper could not end everything: ${left.join('; ')}`)
  }

  async #endOrClear(): Promise<string[]> {
    if (!this.#isGone) {
      try {
        const { left } = await this.#connection.call<{ left: string[] }>('POST', '/end')
        await this.#whenExited()
        return left
      } catch (thrown) {
        if (!(thrown instanceof KeeperError) || thrown.code !== 'keeper_lost') throw thrown
        await this.#whenExited()
      }
    }
    return (
      (await clearStaleKeeper(this.#folder))?.left ?? [
        `the keeper (pid ${this.pid}) neither answers nor ends`,
      ]
    )
  }

  async #whenExited(): Promise<void> {
    this.#process.ref()
    const late = new AbortController()
    await Promise.race([this.#exited, pause(exitTimeoutMs, null, { signal: late.signal }).catch(() => null)])
    late.abort()
    this.#process.unref()
  }

  #whyLost(): KeeperError {
    const words =
      lastLines(path.join(this.#folder, stderrFile)) ||
      lastLines(path.join(this.#runDir, 'services', 'keeper.log'))
    const how = this.#process.signalCode ?? this.#process.exitCode
    const ended =
      how === null ? 'does not answer' : `ended with ${typeof how === 'number' ? `code ${how}` : how}`
    return new KeeperError(
      'keeper_lost',
      `the keeper (pid ${this.pid}) ${ended}; if something it started is left, make doctor ends it${words}`,
    )
  }

  #path(name: string, action: string): string {
    return `/services/${encodeURIComponent(name)}/${action}`
  }
}
