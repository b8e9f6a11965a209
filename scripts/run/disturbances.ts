// The faults of a plan: each begun when it is due, those on one part of the target one after the other, and all of them
// ended before the run is.
import { setTimeout as delay } from 'node:timers/promises'
import { requireDoable } from '../../faults/capabilities.ts'
import { observerOf } from '../../faults/observer.ts'
import type { FaultSpec } from '../../faults/fault.ts'
import { drivers } from '../../faults/drivers/index.ts'
import {
  live,
  unproven,
  usualPatience,
  type Circumstances,
  type Injector,
  type Patience,
} from '../../faults/life-cycle.ts'
import type { FaultLayerDefect } from '../../testbed/testbed.ts'
import { secretsNamedBy, type Parts } from '../../faults/parts.ts'
import type { Plan, PlannedFault } from '../../lib/plan/plan.ts'
import { choose } from '../../lib/input/variables.ts'
import type { FaultVerdict } from '../../verdict/verdict.ts'
import { chooseOrWrongUse } from './plans.ts'
import { isInPods, isTold } from './told-faults.ts'
import type { Keeper, RunContext } from './run-context.ts'

/** @throws WrongUse for a fault that nobody would do: there is no such driver, and the system's actors commit none of that name */
export function checkDrivers({ case: id, faults }: Pick<Plan, 'case' | 'faults'>, parts: Parts): void {
  for (const fault of faults)
    if (!isTold(fault, parts)) chooseOrWrongUse(`fault driver of ${id}`, fault.driver, drivers)
}

/** Longer than it takes until somebody looks again. */
const aheadMs = 1500

export class Disturbances {
  /** What became of each so far. */
  readonly verdicts: FaultVerdict[] = []
  readonly #due: PlannedFault[]
  readonly #parts: Parts
  readonly #secrets: Record<string, string | undefined>
  readonly #defects: FaultLayerDefect[]
  readonly #isOwn: boolean
  readonly #keeper: Keeper
  readonly #say: (line: string) => void
  readonly #patience: Patience
  /** What is going on, by the part of the target that it is done to. */
  readonly #going = new Map<string, Promise<void>>()
  readonly #over = new AbortController()
  #isAbandoned = false

  constructor(context: RunContext, keeper: Keeper, patience: Patience = usualPatience) {
    this.#due = [...context.plan.faults]
    this.#parts = context.parts
    this.#secrets = context.testbed?.faultSecrets ?? process.env
    this.#defects = context.testbed?.faultLayer ?? []
    this.#isOwn = context.testbed !== null
    this.#keeper = keeper
    this.#say = (line) => {
      if (!this.#isAbandoned) context.say(line)
    }
    this.#patience = patience
  }

  /** Begins what is due soon after `now`, when its time has come. `t0` is null before the load has begun. */
  follow(t0: number | null, now: number): void {
    if (this.#over.signal.aborted) return
    while (t0 !== null && this.#due[0] !== undefined && now + aheadMs >= t0 + this.#due[0].start * 1000) {
      const fault = this.#due.shift()!
      const before = this.#going.get(fault.target)
      const due = Promise.all([before, this.#waited(t0 + fault.start * 1000 - now)])
      this.#going.set(
        fault.target,
        due.then(() => this.#disturb(fault)),
      )
    }
  }

  /** So many ms later, or when all is to end. */
  #waited(ms: number): Promise<void> {
    return delay(Math.max(0, ms), undefined, { signal: this.#over.signal }).catch(() => undefined)
  }

  /** Ends what still lasts, and begins nothing more. Resolves when all is over. */
  async end(): Promise<void> {
    this.#over.abort()
    for (const fault of this.#due.splice(0)) this.#neverBegan(fault)
    await Promise.all(this.#going.values())
  }

  /** Where nobody is left who could end anything: no fault is followed any further, and nothing is said of it. */
  abandon(): void {
    this.#isAbandoned = true
    this.#over.abort()
  }

  /** Those of which k6 tells are its own business. */
  #neverBegan(fault: PlannedFault): void {
    if (isTold(fault, this.#parts)) return
    const problem = 'the run ended before it was due'
    this.verdicts.push({ ...unproven({ ...fault, part: {} }), problem })
  }

  async #disturb(fault: PlannedFault): Promise<void> {
    if (this.#over.signal.aborted) return this.#neverBegan(fault)
    if (isInPods(fault, this.#parts)) return this.#standBy(fault)
    if (isTold(fault, this.#parts)) return
    const { id, driver: name, target, settings, seconds } = fault
    const spec: FaultSpec = { id, driver: name, target, part: {}, settings, seconds }
    const verdict = unproven(spec)
    this.verdicts.push(verdict)
    try {
      const driver = choose('fault driver', name, drivers)
      const parts: Record<string, object> = this.#parts[driver.on]
      if (Object.keys(parts).length === 0)
        throw new Error(
          this.#isOwn
            ? `no ${driver.on} of the testbed can be disturbed on this machine`
            : `no ${driver.on} of this target may be disturbed: name them in the target file, and give ALLOW_FAULTS=1`,
        )
      spec.part = choose(`part of the target among its ${driver.on}`, target, parts)
      requireDoable(driver, spec)
      await live(spec, verdict, { ...this.#circumstances(), driver })
    } catch (error) {
      verdict.problem = (error as Error).message
      this.#say(`fault: ${id} is not injected: ${verdict.problem}`)
    }
  }

  /** k6 injects it, and the keeper knows how to end it in case k6 does not live to its end. */
  async #standBy({ id, target, settings, seconds, driver }: PlannedFault): Promise<void> {
    const part = { ...this.#parts.selectors[target] }
    const spec = {
      id,
      driver: 'pods',
      target,
      part,
      settings: { ...settings, by: driver },
      seconds,
      own: false,
      secrets: {},
    }
    try {
      await this.#keeper.inject(spec)
    } catch (error) {
      this.#say(`fault: ${id} ends by itself only, even if k6 dies: ${(error as Error).message}`)
      return
    }
    await this.#waited(seconds * 1000)
    await this.#keeper.clear(id).catch((error: Error) => this.#say(`fault: ${id}: ${error.message}`))
  }

  #circumstances(): Omit<Circumstances, 'driver'> {
    const keeper = this.#keeper
    const pidOf = async (service: string): Promise<number | null> => {
      const found = (await keeper.status()).find(({ name }) => name === service)
      return found === undefined || found.exit !== null ? null : found.pid
    }
    const injector: Injector = {
      inject: ({ before: _, ...spec }) =>
        keeper.inject({ ...spec, part: { ...spec.part }, own: this.#isOwn, secrets: this.#secretsOf(spec) }),
      clear: ({ id }) => keeper.clear(id),
      residue: ({ id }) => keeper.residue(id),
    }
    return {
      injector: this.#defects.reduce((broken, defect) => planted(broken, defect, this.#parts), injector),
      observer: observerOf(this.#secrets, pidOf),
      patience: this.#patience,
      hold: (ms) => this.#waited(ms),
      pause: async (ms) => {
        if (this.#isAbandoned) throw new Error('nobody looks any more')
        await delay(ms)
      },
      say: this.#say,
    }
  }

  /** Those of the secrets that the part names. */
  #secretsOf({ part }: FaultSpec): Record<string, string> {
    return Object.fromEntries(
      secretsNamedBy(part).flatMap((name) => {
        const value = this.#secrets[name]
        return value === undefined ? [] : [[name, value]]
      }),
    )
  }
}

const endlessSeconds = 3600

/** The injector as a planted defect leaves it. */
function planted(injector: Injector, defect: FaultLayerDefect, parts: Parts): Injector {
  const { doesNothing, hitsAnother, clearsLateMs = 0 } = defect
  const another = (spec: FaultSpec): FaultSpec => {
    const others = Object.entries(parts[drivers[spec.driver]!.on]).filter(([name]) => name !== spec.target)
    const [target, part] = others.at(-1) ?? [spec.target, spec.part]
    return { ...spec, target, part }
  }
  return {
    inject: async (spec) => {
      if (doesNothing === true) return
      const own = hitsAnother === true ? another(spec) : spec
      // The keeper would end it soon after its time, so it is told a longer one.
      await injector.inject(clearsLateMs === 0 ? own : { ...own, seconds: endlessSeconds })
    },
    clear: async (spec) => {
      const clear = (): Promise<void> => injector.clear(spec)
      if (clearsLateMs === 0) return clear()
      if (Number.isFinite(clearsLateMs)) setTimeout(() => void clear().catch(() => undefined), clearsLateMs)
    },
    residue: async (spec) => (doesNothing === true ? [] : injector.residue(spec)),
  }
}
