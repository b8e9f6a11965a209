// The faults that a keeper has injected: each journalled before anything is done, each with a time after which the keeper
// ends it by itself.
import { setTimeout as pause } from 'node:timers/promises'
import { requireDoable } from '../faults/capabilities.ts'
import { NobodyListens, type Driver, type FaultSpec, type Actions } from '../faults/fault.ts'
import { drivers } from '../faults/drivers/index.ts'
import { actionsOf } from './actions.ts'
import type { Journal } from './journal.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import type { FaultRequest } from './requests.ts'

/** Its end is the runner's business; so long after its time it becomes the keeper's, who tries again as often. */
const graceMs = 5000
/** Nobody injects or ends a fault for longer than this. */
const injectMs = 15_000
const clearMs = 10_000

/** As the journal has it. */
type Asked = Omit<FaultRequest, 'secrets'> & Pick<FaultSpec, 'before'>

interface Injected {
  spec: Asked
  actions: Actions
  timer: NodeJS.Timeout
  /** Settled when it is injected, or is not going to be. */
  injecting: Promise<void>
  ending: Promise<void> | null
}

interface FaultsOptions {
  journal: Journal
  services: NonNullable<Actions['services']>
  note: (text: string) => void
}

export class Faults {
  readonly #options: FaultsOptions
  readonly #injected = new Map<string, Injected>()
  /** Of every fault that was begun so far: what is left of one is asked after its end. */
  readonly #begun = new Map<string, { spec: FaultSpec; actions: Actions }>()
  #ending = false

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  /** @throws KeeperError malformed_request, not_allowed, target_in_use, journal_failed, fault_failed, ending. */
  async inject({ secrets, ...asked }: FaultRequest): Promise<void> {
    const driver = driverOf(asked)
    this.#check(asked, driver)
    const actions = actionsOf(secrets, this.#options.services)
    // Takes the target before the first wait: of two that come at once the second is refused.
    const injected: Injected = {
      spec: asked,
      actions,
      timer: this.#timer(asked.id, asked.seconds * 1000 + graceMs),
      injecting: Promise.resolve(),
      ending: null,
    }
    this.#injected.set(asked.id, injected)
    const injecting = this.#inject(injected, driver)
    injected.injecting = injecting.catch(() => undefined)
    return injecting
  }

  async #inject(injected: Injected, driver: Driver): Promise<void> {
    const { actions } = injected
    const { id } = injected.spec
    try {
      const before = await within(injectMs, driver.remember?.(injected.spec, actions))
      if (before !== undefined) injected.spec = { ...injected.spec, before }
      this.#refuseWhileEnding(id)
      this.#write(injected.spec)
    } catch (thrown) {
      // Nothing was done yet, so there is nothing to end.
      this.#forget(injected)
      throw asKeeperError(thrown)
    }
    this.#begun.set(id, injected)
    try {
      await within(injectMs, driver.inject(injected.spec, actions))
      this.#options.note(`injected the fault ${id}`)
    } catch (thrown) {
      await this.#clear(injected).catch((error: unknown) => this.#notEnded(id, error))
      throw asKeeperError(thrown)
    }
  }

  /**
   * Ends it, once it is injected; does nothing when it has ended. @throws KeeperError fault_failed: it stays journalled, and
   * is tried again.
   */
  async clear(id: string): Promise<void> {
    const injected = this.#injected.get(id)
    if (injected === undefined) return
    injected.ending ??= injected.injecting
      .then(() => this.#clear(injected))
      .finally(() => (injected.ending = null))
    return injected.ending
  }

  /** What is left of a fault; nothing of one that was never injected here. @throws KeeperError fault_failed. */
  async residue(id: string): Promise<string[]> {
    const known = this.#begun.get(id)
    if (known === undefined) return []
    try {
      return await driverOf(known.spec).residue(known.spec, known.actions)
    } catch (thrown) {
      throw new KeeperError('fault_failed', reasonOf(thrown))
    }
  }

  /**
   * Ends all of them at once, and injects no further one. Resolves with those that could not be ended within so many ms;
   * where the services are gone, what was done to one of them went with it.
   */
  async clearAll(withinMs: number, { servicesAreGone }: { servicesAreGone: boolean }): Promise<string[]> {
    this.#ending = true
    const all = [...this.#injected.values()].map(({ spec: { id, own } }) =>
      within(withinMs, this.clear(id)).then(
        () => null,
        (thrown: unknown) => (servicesAreGone && own ? null : `the fault ${id}: ${reasonOf(thrown)}`),
      ),
    )
    return (await Promise.all(all)).filter((one) => one !== null)
  }

  async #clear(injected: Injected): Promise<void> {
    const { spec, actions } = injected
    if (this.#injected.get(spec.id) !== injected) return
    try {
      await within(clearMs, driverOf(spec).clear(spec, actions))
    } catch (thrown) {
      // Nothing is left to end later, and yet nobody has ended it.
      if (thrown instanceof NobodyListens)
        this.#isOver(injected, `is over with whoever held it: ${thrown.message}`)
      throw new KeeperError('fault_failed', reasonOf(thrown))
    }
    this.#isOver(injected, 'is ended')
  }

  #isOver(injected: Injected, how: string): void {
    const { id } = injected.spec
    this.#forget(injected)
    this.#options.note(`the fault ${id} ${how}`)
    try {
      this.#options.journal.write({ kind: 'cleared', id })
    } catch {
      // Ending it once more does no harm.
    }
  }

  #forget(injected: Injected): void {
    clearTimeout(injected.timer)
    this.#injected.delete(injected.spec.id)
  }

  #notEnded(id: string, thrown: unknown): void {
    this.#options.note(`the fault ${id} cannot be ended: ${reasonOf(thrown)}`)
  }

  #refuseWhileEnding(id: string): void {
    if (this.#ending)
      throw new KeeperError('ending', `${id} is not injected: the keeper is ending everything`)
  }

  #check(spec: FaultSpec, driver: Driver): void {
    this.#refuseWhileEnding(spec.id)
    try {
      requireDoable(driver, spec)
    } catch (thrown) {
      throw new KeeperError('not_allowed', reasonOf(thrown))
    }
    const other = [...this.#injected.values()].find(({ spec: { target } }) => target === spec.target)
    if (other === undefined) return
    throw new KeeperError(
      'target_in_use',
      `${spec.id} is not injected: ${spec.target} is disturbed by "${other.spec.id}" already; inject them one after the other`,
    )
  }

  /** Ends it when its time is over, and tries again for as long as it cannot be ended. */
  #timer(id: string, afterMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#options.note(`the fault ${id} is over its time`)
      this.clear(id).catch((thrown: unknown) => {
        this.#notEnded(id, thrown)
        const injected = this.#injected.get(id)
        if (injected !== undefined && !this.#ending) injected.timer = this.#timer(id, graceMs)
      })
    }, afterMs)
  }

  #write(spec: Asked): void {
    try {
      this.#options.journal.write({ kind: 'fault', spec })
    } catch (thrown) {
      throw new KeeperError(
        'journal_failed',
        `${spec.id} is not injected: the keeper could not journal it (${reasonOf(thrown)}). Free disk space below .assay`,
      )
    }
  }
}

function driverOf({ driver }: FaultSpec): Driver {
  const found = Object.hasOwn(drivers, driver) ? drivers[driver] : undefined
  if (found !== undefined) return found
  throw new KeeperError(
    'malformed_request',
    `there is no fault driver "${driver}"; valid: ${Object.keys(drivers).join(', ')}`,
  )
}

const asKeeperError = (thrown: unknown): KeeperError =>
  thrown instanceof KeeperError ? thrown : new KeeperError('fault_failed', reasonOf(thrown))

/** What a driver does, or its failure to do it in time. */
async function within<T>(ms: number, work: Promise<T> | undefined): Promise<T | undefined> {
  const late = new AbortController()
  try {
    return await Promise.race([
      work,
      pause(ms, undefined, { signal: late.signal }).then(() => {
        throw new Error(`nothing came of it within ${ms / 1000} s`)
      }),
    ])
  } finally {
    late.abort()
  }
}

/** Ends a fault of a keeper that died, by the journal alone. @throws when it cannot be ended, or is not known. */
export async function clearJournalled(spec: FaultSpec): Promise<void> {
  await within(clearMs, driverOf(spec).clear(spec, actionsOf(process.env, null)))
}
