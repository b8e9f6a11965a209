// The faults of a plan: each injected when its phase begins, shown to have bitten, ended, and shown to have healed.
import { setTimeout as delay } from 'node:timers/promises'
import { crash } from '../faults/crash.ts'
import type { Fault, Means } from '../faults/fault.ts'
import { outage } from '../faults/outage.ts'
import type { PlannedPhase } from '../lib/plan.ts'
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Keeper, RunContext } from './run-context.ts'

const drivers: Record<string, Fault> = { crash, outage }

/** A fault lasts for this part of its phase: there has to be time for its consequences to be seen. */
const shareOfPhase = 0.4
const longestSeconds = 60
/** A fault has to show, and to be over, within these times. */
const usual = { biteMs: 3_000, healMs: 15_000 }
const lookEveryMs = 100

/** What the testbed's services allow to be done to them; null where the target is somebody else's. */
function meansOf({ testbed }: RunContext, keeper: Keeper): Means | null {
  if (testbed === null) return null
  const spec = (name: string) => {
    const found = testbed.services.find((service) => service.name === name)
    if (found === undefined) throw new Error(`the testbed has no service called ${name}`)
    return found
  }
  return {
    kill: async (name) => {
      await keeper.signal(spec(name).name, 'SIGKILL')
      await keeper.waitExit(name)
    },
    restart: async (name) => {
      const running = (await keeper.status()).some(
        (service) => service.name === name && service.exit === null,
      )
      if (!running) await keeper.start(spec(name))
    },
    healthOf: (name) => {
      const { ready } = spec(name)
      return ready !== undefined && 'url' in ready ? ready.url : ''
    },
    chain: testbed.chain,
  }
}

export class Disturbances {
  /** What became of each so far. */
  readonly verdicts: FaultVerdict[] = []
  readonly #means: Means | null
  readonly #due: PlannedPhase[]
  readonly #say: (line: string) => void
  #working: Promise<void> = Promise.resolve()
  #ended = false

  constructor(
    context: RunContext,
    keeper: Keeper,
    private readonly limits = usual,
  ) {
    this.#means = meansOf(context, keeper)
    this.#due = context.plan.phases.filter(({ fault }) => fault !== null)
    this.#say = context.say
  }

  /** Injects what is due at `now`, one after the other. */
  follow(t0: number | null, now: number): void {
    while (t0 !== null && this.#due[0] !== undefined && now >= t0 + this.#due[0].start * 1000) {
      const phase = this.#due.shift()!
      this.#working = this.#working.then(() => (this.#ended ? undefined : this.#disturb(phase)))
    }
  }

  /** Ends what still lasts. Resolves when it is over. */
  async end(): Promise<void> {
    this.#ended = true
    await this.#working
  }

  async #disturb(phase: PlannedPhase): Promise<void> {
    const { driver = '', target = '' } = phase.fault ?? {}
    const fault = drivers[driver]
    const verdict: FaultVerdict = {
      id: `${driver} ${target}`,
      target,
      start: Date.now(),
      end: Date.now(),
      bite: false,
      healed: true,
    }
    this.verdicts.push(verdict)
    const means = this.#means
    if (fault === undefined || means === null) return
    const seconds = Math.min(longestSeconds, shareOfPhase * (phase.end - phase.start))
    try {
      verdict.healed = false
      await fault.inject(means, target, seconds)
      verdict.bite = await this.#until(this.limits.biteMs, () => fault.bit(means, target))
      this.#say(`fault: ${verdict.id} ${verdict.bite ? 'took effect' : 'did not show any effect'}`)
      await this.#until(verdict.start + seconds * 1000 - Date.now(), async () => this.#ended)
    } catch (error) {
      this.#say(`fault: ${verdict.id} could not be injected: ${(error as Error).message}`)
    }
    try {
      await fault.clear(means, target)
      verdict.healed = await this.#until(this.limits.healMs, () => fault.healed(means, target))
    } catch (error) {
      this.#say(`fault: ${verdict.id} could not be ended: ${(error as Error).message}`)
    }
    verdict.end = Date.now()
    this.#say(`fault: ${verdict.id} ${verdict.healed ? 'is over' : 'has not healed'}`)
  }

  async #until(withinMs: number, holds: () => Promise<boolean>): Promise<boolean> {
    const deadline = Date.now() + withinMs
    for (;;) {
      if (await holds()) return true
      if (Date.now() >= deadline) return false
      await delay(lookEveryMs)
    }
  }
}
