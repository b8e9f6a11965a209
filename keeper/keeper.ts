// The keeper itself: puts journal, lease, services, sampler and API together, and ends them in the right order.
import { writeFileSync, utimesSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { keeperApi } from './api.ts'
import { Faults } from './faults.ts'
import { checkRemovable, dataFolder, removeFolder } from './folders.ts'
import { checkIsolation, makeIsolation, removeIsolation } from './isolations.ts'
import { Journal, journalFile } from './journal.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import { Lease } from './lease.ts'
import { hasProc, identify, pidSpace } from './processes.ts'
import { clearStaleKeepers, heartbeatMs } from './recovery.ts'
import type { IsolationSpec, KeeperReady, KeeperSettings } from './requests.ts'
import { Sampler } from './sampler.ts'
import { Services } from './services.ts'
import { ServiceLog } from './service-log.ts'
import type { Ending } from './service.ts'

/** Orderly ends when nobody waits for them: a dead runner's services must be gone soon. */
const hurryMs = 2500
/** A fault that cannot be ended must not keep anything else going for longer than this. */
const faultsMs = 3000
/** For the answer to the request that ended it. */
const answerMs = 1000

export interface Ended {
  endings: Ending[]
  /** What is still there, and why; its journal stays for the next keeper. */
  left: string[]
}

/** @throws KeeperError: what says no with a code of its own, and start_failed for everything else. */
function isolationFailed(thrown: unknown): never {
  throw thrown instanceof KeeperError ? thrown : new KeeperError('start_failed', reasonOf(thrown))
}

export class Keeper {
  readonly #settings: KeeperSettings
  readonly #folder: string
  readonly #log: ServiceLog
  readonly #journal: Journal
  readonly #services: Services
  readonly #sampler: Sampler
  readonly #faults: Faults
  readonly #folders: string[] = []
  readonly #isolations: IsolationSpec[] = []
  #api: FastifyInstance | null = null
  #lease: Lease | null = null
  #heartbeat: NodeJS.Timeout | null = null
  #ended: Promise<Ended> | null = null
  /** Resolves when everything is over and the process may exit. */
  readonly over: Promise<void>
  #isOver: () => void = () => {}

  constructor(settings: KeeperSettings) {
    this.#settings = settings
    this.over = new Promise((resolve) => (this.#isOver = resolve))
    const logFolder = path.join(settings.runDir, 'services')
    mkdirSync(logFolder, { recursive: true })
    this.#folder = path.join(settings.keepersRoot, settings.id)
    this.#log = new ServiceLog(path.join(logFolder, 'keeper.log'), { limitBytes: settings.logLimitBytes })
    // The soak needs every sample from its start, so this file is not cut.
    this.#sampler = new Sampler(
      new ServiceLog(path.join(logFolder, 'resources.ndjson'), { limitBytes: Infinity }),
      new ServiceLog(path.join(logFolder, 'machine.ndjson'), { limitBytes: Infinity }),
      // Whoever started the keeper is the runner.
      [process.pid, process.ppid],
    )
    this.#journal = this.#openJournal()
    this.#services = new Services({
      keeperId: settings.id,
      allow: settings.allow,
      logFolder,
      logLimitBytes: settings.logLimitBytes,
      journal: this.#journal,
      onStart: ({ spec, who }) => {
        this.#note(`started ${spec.name} (pid ${who.pid})`)
        this.#sampler.watch(spec.name, who.pid, spec.metricsUrl)
      },
      onOver: ({ spec, who, exit }) => {
        this.#note(`${spec.name} (pid ${who.pid}) is over: ${exit?.signal ?? `code ${exit?.code}`}`)
        this.#sampler.forget(who.pid)
      },
    })
    this.#faults = new Faults({
      journal: this.#journal,
      services: this.#services.actions(),
      note: (text) => this.#note(text),
    })
  }

  /** Clears what dead keepers left, then listens on a free loopback port. The lease counts from here. */
  async open(token: string): Promise<KeeperReady> {
    const { keepersRoot, leaseMs } = this.#settings
    const cleared: string[] = []
    for (const stale of await clearStaleKeepers(keepersRoot)) {
      cleared.push(...stale.cleared, ...stale.left.map((one) => `could not clear: ${one}`))
    }
    for (const one of cleared) this.#note(`left by keeper that died: ${one}`)
    if (!hasProc) this.#note('this system has no /proc: resources of services are not sampled')
    const api = keeperApi({
      token,
      services: this.#services,
      faults: this.#faults,
      makeIsolation: (isolation) => this.#makeIsolation(isolation),
      renew: () => this.#lease?.renew() ?? 0,
      sample: (name, pid) => this.#sample(name, pid),
      removeAtEnd: (folder) => this.#removeAtEnd(folder),
      end: () => this.end('the runner ended it'),
    })
    api.addHook('onResponse', async (request, reply) => {
      if (request.url === '/end' && reply.statusCode !== 401)
        void this.#ended?.catch(() => {}).finally(this.#isOver)
    })
    await api.listen({ host: '127.0.0.1', port: 0 })
    const { port } = api.server.address() as AddressInfo
    this.#api = api
    const state = { id: this.#settings.id, pid: process.pid, port, token }
    writeFileSync(path.join(this.#folder, 'state.json'), JSON.stringify(state), { mode: 0o600 })
    this.#lease = new Lease(
      leaseMs,
      () => void this.close(`the lease was not renewed for ${leaseMs} ms: the runner is gone or hangs`),
    )
    this.#heartbeat = setInterval(() => this.#beat(), heartbeatMs)
    this.#note(`listening on 127.0.0.1:${port} (pid ${process.pid})`)
    return { port, cleared }
  }

  /** Ends everything and lets the process exit, with nobody to answer to. */
  async close(why: string): Promise<void> {
    try {
      await this.end(why, hurryMs)
    } catch (thrown) {
      // The journal is still there: the next keeper ends what this one could not.
      process.stderr.write(`${reasonOf(thrown)}\n`)
    }
    this.#isOver()
  }

  /** Stops all services in reverse order, removes folders and state. Later calls get the first one's result. */
  end(why: string, budgetMs?: number): Promise<Ended> {
    if (this.#ended === null) {
      this.#ended = this.#end(why, budgetMs)
      // Whoever asked may be gone before the answer.
      this.#ended.catch(() => {}).finally(() => setTimeout(this.#isOver, answerMs))
    }
    return this.#ended
  }

  /** Closes the door; to be called when everything is over. */
  async shut(): Promise<void> {
    await this.#api?.close()
  }

  async #end(why: string, budgetMs?: number): Promise<Ended> {
    this.#note(`ending: ${why}`)
    this.#lease?.stop()
    // First, while what they were done to is still there.
    await this.#faults.clearAll(faultsMs, { servicesAreGone: false })
    const endings = await this.#services.endAll(budgetMs)
    const lasting = await this.#faults.clearAll(faultsMs, { servicesAreGone: true })
    await this.#sampler.close()
    const left = endings.filter(({ how }) => how === 'survived').map(({ name }) => `${name} survives SIGKILL`)
    left.push(...(await this.#removeIsolations()))
    left.push(...lasting)
    for (const folder of [...this.#folders, path.join(this.#folder, dataFolder)]) {
      try {
        await removeFolder(folder, this.#folder)
      } catch (thrown) {
        left.push(`${folder} is still there: ${reasonOf(thrown)}`)
      }
    }
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat)
    this.#journal.close()
    if (left.length === 0) rmSync(this.#folder, { recursive: true, force: true })
    this.#note(left.length === 0 ? 'ended: nothing is left' : `ended, but left: ${left.join('; ')}`)
    await this.#log.close()
    return { endings, left }
  }

  #openJournal(): Journal {
    const self = identify(process.pid)
    if (self === null) throw new Error('the keeper cannot find its own start time')
    const journal = new Journal(this.#folder)
    journal.write({ kind: 'keeper', id: this.#settings.id, pidSpace, ...self })
    return journal
  }

  #sample(name: string, pid: number): void {
    if (identify(pid) === null)
      throw new KeeperError('not_found', `${name} is not sampled: there is no process ${pid}`)
    this.#sampler.watch(name, pid)
  }

  #removeAtEnd(folder: string): void {
    checkRemovable(folder, this.#folder)
    this.#journal.write({ kind: 'folder', path: folder })
    this.#folders.push(folder)
  }

  /** Journalled first: a keeper that dies while it is made leaves a line too many, which does no harm. */
  async #makeIsolation(isolation: IsolationSpec): Promise<void> {
    await checkIsolation(isolation, this.#folder).catch(isolationFailed)
    this.#journal.write({ kind: 'isolation', isolation })
    this.#isolations.push(isolation)
    await makeIsolation(isolation).catch(isolationFailed)
  }

  async #removeIsolations(): Promise<string[]> {
    const left: string[] = []
    for (const isolation of this.#isolations.reverse())
      await removeIsolation(isolation, this.#folder).catch((thrown: unknown) => left.push(reasonOf(thrown)))
    return left
  }

  #beat(): void {
    try {
      utimesSync(path.join(this.#folder, journalFile), new Date(), new Date())
    } catch (thrown) {
      this.#note(`cannot touch the journal: ${reasonOf(thrown)}`)
    }
  }

  #note(text: string): void {
    this.#log.write(`${new Date().toISOString()} ${text}\n`)
  }
}
