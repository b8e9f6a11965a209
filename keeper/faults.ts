// The faults that a keeper has injected: each journalled before anything is done, each with a time after which the keeper
// ends it by itself.
import { requireDoable } from '../faults/capabilities.ts'
import type { Driver, FaultSpec, Hands } from '../faults/fault.ts'
import { drivers } from '../faults/index.ts'
import { handsOf } from './hands.ts'
import type { Journal } from './journal.ts'
import { KeeperError, reasonOf } from './keeper-error.ts'
import type { FaultRequest } from './requests.ts'

/** Its end is the runner's business; so long after its time it becomes the keeper's. */
const graceMs = 5000

/** As the journal has it. */
type Asked = Omit<FaultRequest, 'secrets'> & Pick<FaultSpec, 'before'>

interface Injected {
  spec: Asked
  hands: Hands
  timer: NodeJS.Timeout
  ending: Promise<void> | null
}

interface FaultsOptions {
  journal: Journal
  services: NonNullable<Hands['services']>
  note: (text: string) => void
}

export class Faults {
  readonly #options: FaultsOptions
  readonly #injected = new Map<string, Injected>()
  /** Of every fault so far: what is left of one is asked after its end. */
  readonly #hands = new Map<string, { spec: FaultSpec; hands: Hands }>()
  #ending = false

  constructor(options: FaultsOptions) {
    this.#options = options
  }

  /** @throws KeeperError malformed_request, not_allowed, target_in_use, journal_failed, fault_failed, ending. */
  async inject({ secrets, ...asked }: FaultRequest): Promise<void> {
    const driver = driverOf(asked)
    this.#check(asked, driver)
    const hands = handsOf(secrets, this.#options.services)
    // Takes the target before the first wait: of two that come at once the second is refused.
    const injected: Injected = { spec: asked, hands, timer: this.#timer(asked), ending: null }
    this.#injected.set(asked.id, injected)
    this.#hands.set(asked.id, injected)
    try {
      const before = await driver.remember?.(asked, hands)
      if (before !== undefined) injected.spec = { ...asked, before }
      this.#hands.set(asked.id, injected)
      this.#write(injected.spec)
      await driver.inject(injected.spec, hands)
      this.#options.note(`injected the fault ${asked.id}`)
    } catch (thrown) {
      await this.clear(asked.id).catch(() => undefined)
      if (thrown instanceof KeeperError) throw thrown
      throw new KeeperError('fault_failed', reasonOf(thrown))
    }
  }

  /** Ends it; does nothing when it has ended. @throws KeeperError fault_failed: it stays journalled, and is tried again. */
  async clear(id: string): Promise<void> {
    const injected = this.#injected.get(id)
    if (injected === undefined) return
    injected.ending ??= this.#clear(injected).finally(() => (injected.ending = null))
    return injected.ending
  }

  /** What is left of a fault; nothing of one that was never injected here. @throws KeeperError fault_failed. */
  async residue(id: string): Promise<string[]> {
    const known = this.#hands.get(id)
    if (known === undefined) return []
    try {
      return await driverOf(known.spec).residue(known.spec, known.hands)
    } catch (thrown) {
      throw new KeeperError('fault_failed', reasonOf(thrown))
    }
  }

  /** Ends all of them at once, and injects no further one. Resolves with what could not be ended. */
  async clearAll(): Promise<string[]> {
    this.#ending = true
    const all = [...this.#injected.keys()].map((id) =>
      this.clear(id).then(
        () => null,
        (thrown: unknown) => `the fault ${id}: ${reasonOf(thrown)}`,
      ),
    )
    return (await Promise.all(all)).filter((one) => one !== null)
  }

  async #clear({ spec, hands, timer }: Injected): Promise<void> {
    try {
      await driverOf(spec).clear(spec, hands)
    } catch (thrown) {
      throw new KeeperError('fault_failed', reasonOf(thrown))
    }
    clearTimeout(timer)
    this.#injected.delete(spec.id)
    this.#options.note(`ended the fault ${spec.id}`)
    try {
      this.#options.journal.write({ kind: 'cleared', id: spec.id })
    } catch {
      // Ending it once more does no harm.
    }
  }

  #check(spec: FaultSpec, driver: Driver): void {
    if (this.#ending)
      throw new KeeperError('ending', `${spec.id} is not injected: the keeper is ending everything`)
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

  #timer({ id, seconds }: FaultSpec): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.#options.note(`the fault ${id} is over its time`)
        this.clear(id).catch((thrown: unknown) =>
          this.#options.note(`the fault ${id} cannot be ended: ${reasonOf(thrown)}`),
        )
      },
      seconds * 1000 + graceMs,
    )
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

/** Ends a fault of a keeper that died, by the journal alone. @throws when it cannot be ended, or is not known. */
export async function clearJournalled(spec: FaultSpec): Promise<void> {
  await driverOf(spec).clear(spec, handsOf(process.env, null))
}
