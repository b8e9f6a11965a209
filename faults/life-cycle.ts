// The life of one fault, the same wherever it is injected: look, inject, see it bite, hold, end, see it heal, look for
// what is left.
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Driver, Eyes, FaultSpec, Probe } from './fault.ts'

/** A fault has to show within this time, and to be gone within that; looks come this far apart. */
export interface Patience {
  biteMs: number
  healMs: number
  everyMs: number
}
export const usualPatience: Patience = { biteMs: 5_000, healMs: 15_000, everyMs: 200 }

/** A fault comes and goes: only so many looks in a row show that it has healed. */
const healedLooks = 3

/** Who carries it out: the keeper's hands by way of its API, or those of whoever runs without one. */
export interface Injector {
  inject: (spec: FaultSpec) => Promise<void>
  clear: (spec: FaultSpec) => Promise<void>
  residue: (spec: FaultSpec) => Promise<string[]>
}

export interface Circumstances {
  driver: Driver
  injector: Injector
  eyes: Eyes
  patience: Patience
  /** Resolves when it is time to end the fault, at the latest after so many ms. */
  hold: (ms: number) => Promise<void>
  pause: (ms: number) => Promise<void>
  say: (line: string) => void
}

/** What a fault is before anything is known of it: neither bitten nor injected, so that nothing has to heal either. */
export const unproven = ({ id, driver, target, settings, seconds }: FaultSpec): FaultVerdict => ({
  id,
  driver,
  target,
  settings,
  seconds,
  start: Date.now(),
  end: Date.now(),
  bite: false,
  healed: true,
  effect: null,
  bite_ms: null,
  heal_ms: null,
  residue: [],
  problem: null,
})

/** Fills in what becomes of the fault. Never rejects: what went wrong is its problem, in words. */
export async function live(spec: FaultSpec, verdict: FaultVerdict, around: Circumstances): Promise<void> {
  const { driver, injector, eyes, patience, hold, say } = around
  const { id } = spec
  const failed = (what: string) => (error: unknown) => {
    verdict.problem ??= `${what}: ${(error as Error).message}`
    say(`fault: ${id} ${what}: ${(error as Error).message}`)
  }
  const probe: Probe<unknown> = driver.probe(spec, eyes)
  const before = await probe.look().catch(failed('could not be looked at before'))
  if (before === undefined) return
  const effect = { what: probe.what, before: probe.text(before), during: '', after: '' }
  verdict.effect = effect
  verdict.start = Date.now()
  verdict.end = verdict.start
  // From here on there may be something to heal.
  verdict.healed = false
  const injected = await injector.inject(spec).then(
    () => true,
    (error: unknown) => {
      failed('could not be injected')(error)
      return false
    },
  )
  if (injected) {
    const since = Date.now()
    const shown = await until(around, patience.biteMs, 1, async () => {
      const now = await probe.look()
      effect.during = probe.text(now)
      return probe.bites(before, now)
    })
    verdict.bite = shown
    if (shown) verdict.bite_ms = Date.now() - since
    say(
      `fault: ${id} ${shown ? 'took effect' : 'did not show any effect'}: ${effect.before} -> ${effect.during}`,
    )
    await hold(Math.max(0, since + spec.seconds * 1000 - Date.now()))
  }
  const cleared = Date.now()
  await injector.clear(spec).catch(failed('could not be ended'))
  verdict.end = Date.now()
  const healed = await until(around, patience.healMs, healedLooks, async () => {
    const now = await probe.look()
    effect.after = probe.text(now)
    return !injected || probe.heals(before, now)
  })
  verdict.heal_ms = healed ? Date.now() - cleared : null
  const left = await injector.residue(spec).catch((error: unknown) => {
    failed('could not be looked for')(error)
    return ['nobody could look for what is left']
  })
  verdict.residue = left
  verdict.healed = healed && left.length === 0
  const what = left.length > 0 ? `left something: ${left.join(', ')}` : healed ? 'is over' : 'has not healed'
  say(`fault: ${id} ${what}: ${effect.after}`)
}

/** Whether something holds in so many looks in a row, within the time. A look that fails is one in which it does not. */
async function until(
  { patience, pause }: Circumstances,
  withinMs: number,
  looks: number,
  holds: () => Promise<boolean>,
): Promise<boolean> {
  const deadline = Date.now() + withinMs
  for (let row = 0; ;) {
    row = (await holds().catch(() => false)) ? row + 1 : 0
    if (row >= looks) return true
    if (Date.now() >= deadline) return false
    await pause(patience.everyMs)
  }
}
