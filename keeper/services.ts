// All services of one keeper: what may start, in which order they started, and their end in reverse.
import { realpathSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Actions } from '../faults/fault.ts'
import { Child } from './child.ts'
import type { Journal } from './journal.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import { isTaken, notReadyBecause, readinessText } from './readiness.ts'
import { killGroup } from './processes.ts'
import { Secrets } from './secrets.ts'
import { ServiceLog } from './service-log.ts'
import type { Ending, ServiceSpec, ServiceStatus } from './service.ts'

const defaultReadyTimeoutMs = 30_000
const readyPollMs = 50
/** One that was killed on purpose may take this long to come back; whoever watches it says what is too long. */
const longestReadyMs = 3_600_000
/** What does not start is started again so often, and so soon. */
const mostAttempts = 20
const attemptEveryMs = 500
/** Lines of a failed service that its error quotes. */
const quotedLines = 20

export interface ServicesOptions {
  keeperId: string
  /** Programs that may be started. Links are followed at each start: a program may be put in place after the keeper began. */
  allow: string[]
  logFolder: string
  logLimitBytes: number
  journal: Journal
  /** Called when a process counts as started, and when it is over. */
  onStart: (child: Child) => void
  onOver: (child: Child) => void
}

export class Services {
  readonly #options: ServicesOptions
  readonly #children = new Map<string, Child>()
  readonly #starting = new Set<string>()
  readonly #logs = new Map<string, ServiceLog>()
  readonly #secrets = new Secrets()
  #ending = false

  constructor(options: ServicesOptions) {
    this.#options = options
  }

  /**
   * Starts a service and waits until it is ready.
   * @throws KeeperError not_allowed, name_in_use, port_in_use, start_failed, journal_failed, died_at_start, not_ready, ending.
   */
  async start(spec: ServiceSpec): Promise<Child> {
    this.#refuseWhileEnding(spec.name)
    this.#checkSpec(spec)
    const running = this.#children.get(spec.name)
    if (this.#starting.has(spec.name) || (running !== undefined && running.exit === null)) {
      throw new KeeperError(
        'name_in_use',
        `a service called ${spec.name} is already running: stop it first, or choose another name`,
      )
    }
    this.#starting.add(spec.name)
    try {
      return await this.#start(spec)
    } finally {
      this.#starting.delete(spec.name)
    }
  }

  /** @throws KeeperError not_found with the names there are. */
  get(name: string): Child {
    const child = this.#children.get(name)
    if (child !== undefined) return child
    const names = [...this.#children.keys()].join(', ') || 'none was started'
    throw new KeeperError('not_found', `no service is called ${name}; there are: ${names}`)
  }

  status(): ServiceStatus[] {
    return [...this.#children.values()].map((child) => child.status())
  }

  /**
   * Ends everything, last started first. With a budget each service gets an equal share of what is left of it, so that
   * one that hangs cannot take the others' time.
   */
  async endAll(budgetMs?: number): Promise<Ending[]> {
    this.#ending = true
    const deadline = budgetMs === undefined ? null : performance.now() + budgetMs
    const endings: Ending[] = []
    const alive = [...this.#children.values()].filter((child) => child.exit === null).reverse()
    for (const [index, child] of alive.entries()) {
      const share =
        deadline === null ? Infinity : Math.max(0, (deadline - performance.now()) / (alive.length - index))
      const own = child.spec.stopTimeoutMs
      const timeoutMs = share === Infinity ? own : Math.min(own ?? share, share)
      // One that cannot be ended must not save the others.
      endings.push(await child.stop(timeoutMs).catch(() => child.survived()))
    }
    await Promise.all([...this.#logs.values()].map((log) => log.close()))
    return endings
  }

  /** What drivers of faults may do with services. */
  actions(): NonNullable<Actions['services']> {
    return {
      kill: async (name) => {
        const child = this.get(name)
        child.signal('SIGKILL')
        await child.ended
      },
      startAgain: async (name) => {
        const { spec, exit } = this.get(name)
        if (exit === null || this.#starting.has(name)) return
        // Whether it is soon ready is for others to see; nobody here waits for it.
        void this.#supervise({ ...spec, readyTimeoutMs: longestReadyMs })
      },
      pidOf: (name) => {
        const child = this.#children.get(name)
        return child === undefined || child.exit !== null ? null : child.who.pid
      },
      start: async (name, command, args, group) => {
        await this.start({ name, command, args, env: {}, ...(group === undefined ? {} : { group }) })
      },
      stop: async (name) => {
        await this.#children.get(name)?.stop()
      },
    }
  }

  /** Starts a service again, as whoever supervises services does; gives up after some attempts, or with the keeper. */
  async #supervise(spec: ServiceSpec): Promise<void> {
    for (let attempt = 1; attempt <= mostAttempts && !this.#ending; attempt++) {
      const started = await this.start(spec).then(
        () => true,
        () => false,
      )
      if (started) return
      await pause(attemptEveryMs)
    }
  }

  #refuseWhileEnding(name: string): void {
    if (this.#ending)
      throw new KeeperError('ending', `${name} is not started: the keeper is ending everything`)
  }

  async #start(spec: ServiceSpec): Promise<Child> {
    if (spec.ready !== undefined && (await isTaken(spec.ready))) {
      throw new KeeperError(
        'port_in_use',
        `${spec.name} is not started: something else already listens where it would (${readinessText(spec.ready)}). ` +
          'End that program or choose another port',
      )
    }
    this.#refuseWhileEnding(spec.name)
    this.#secrets.add((spec.secrets ?? []).map((name) => spec.env[name] ?? ''))
    const child = await Child.start(spec, this.#options.keeperId, this.#log(spec.name), this.#secrets)
    this.#enter(child)
    // Set anew, so that a service started again comes last in the order of the end.
    this.#children.delete(spec.name)
    this.#children.set(spec.name, child)
    this.#options.onStart(child)
    void child.ended.then(() => this.#leave(child))
    if (this.#ending) await child.stop(0)
    await this.#whenReady(child)
    return child
  }

  #enter({ spec, who }: Child): void {
    const { name, command, stopSignal = 'SIGTERM' } = spec
    try {
      this.#options.journal.write({ kind: 'started', name, command, stopSignal, ...who })
    } catch (thrown) {
      killGroup(who.pid)
      throw new KeeperError(
        'journal_failed',
        `${name} was ended again: the keeper could not journal it (${reasonOf(thrown)}). Free disk space below .assay`,
      )
    }
  }

  #leave(child: Child): void {
    this.#options.onOver(child)
    try {
      this.#options.journal.write({ kind: 'over', name: child.spec.name, ...child.who })
    } catch {
      // An entry too many does no harm: its process cannot be found again.
    }
  }

  async #whenReady(child: Child): Promise<void> {
    const { name, ready, readyTimeoutMs = defaultReadyTimeoutMs } = child.spec
    if (ready === undefined && child.state === 'starting') {
      child.state = 'ready'
      return
    }
    const end = performance.now() + readyTimeoutMs
    let reason: string | null = 'it was not asked yet'
    while (ready !== undefined && child.state === 'starting' && performance.now() < end) {
      reason = await notReadyBecause(ready)
      if (reason === null && child.state === 'starting') {
        child.state = 'ready'
        return
      }
      await Promise.race([pause(readyPollMs), child.ended])
    }
    if (child.wasStopped) throw new KeeperError('ending', `${name} was stopped before it was ready`)
    if (child.state === 'over')
      throw new KeeperError('died_at_start', `${name} ended before it was ready: ${howItEnded(child)}`)
    await child.stop()
    throw new KeeperError(
      'not_ready',
      `${name} was not ready after ${readyTimeoutMs} ms and was ended: expected ${ready === undefined ? 'a start' : readinessText(ready)}, got: ${reason}${quote(child)}`,
    )
  }

  #log(name: string): ServiceLog {
    const { logFolder, logLimitBytes } = this.#options
    const log =
      this.#logs.get(name) ??
      new ServiceLog(path.join(logFolder, `${name}.log`), { limitBytes: logLimitBytes })
    this.#logs.set(name, log)
    return log
  }

  #checkSpec({ name, command, cwd, env, secrets = [] }: ServiceSpec): void {
    const { allow } = this.#options
    const real = realPath(command)
    if (real === null || !allow.some((program) => realPath(program) === real)) {
      const why = real === null ? 'does not exist' : 'is not a program that this keeper may start'
      throw new KeeperError(
        'not_allowed',
        `${name} is not started: ${command} ${why}; allowed are: ${allow.join(', ')}`,
      )
    }
    if (cwd !== undefined && !statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) {
      throw new KeeperError('start_failed', `${name} is not started: its folder ${cwd} does not exist`)
    }
    const unknown = secrets.filter((secret) => env[secret] === undefined)
    if (unknown.length > 0) {
      throw new KeeperError(
        'malformed_request',
        `${name} is not started: secrets names ${unknown.join(', ')}, which its env does not hold`,
      )
    }
  }
}

function realPath(file: string): string | null {
  try {
    return realpathSync(file)
  } catch {
    return null
  }
}

function howItEnded(child: Child): string {
  const how = child.exit?.signal === null ? `exit code ${child.exit.code}` : `signal ${child.exit?.signal}`
  return `${how}${quote(child)}`
}

function quote(child: Child): string {
  const lines = child.lastLines(quotedLines)
  return lines.length === 0
    ? '. It wrote nothing'
    : `. Its last lines:\n${lines.map((line) => `  ${line}`).join('\n')}`
}
