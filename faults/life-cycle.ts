// The life of one fault, the same wherever it is injected: look, inject, see it bite, hold, end, see it heal, look for
// what is left.
import type { FaultVerdict } from '../verdict/verdict.ts'
import type { Driver, Observer, FaultSpec, Actions, Probe } from './fault.ts'

/** A fault has to show within this time, still within that at its end, and to be gone within the third; looks come this far apart. */
export interface Patience {
  /** A part that is not well may become so within this time before it is disturbed; left out: it is looked at once. */
  wellMs?: number
  biteMs: number
  /** One that is ended at a time of its own may not show later than this. */
  shownWithinMs?: number
  lastMs: number
  healMs: number
  everyMs: number
}
export const usualPatience: Patience = {
  wellMs: 3_000,
  biteMs: 10_000,
  lastMs: 1_000,
  healMs: 15_000,
  everyMs: 200,
}

/** A reading about the time since the look before is about so long. */
const freshMs = 1000
const earlyMs = 20

/** One answer may be slow by chance, and a fault comes and goes: so many looks in a row show that it bites, or has healed. */
const looksInRow = 3

/** Who carries it out: the keeper's actions by way of its API, or those of whoever runs without one. */
export interface Injector {
  /** Rejects when it could not be injected, and has then ended what it had begun. */
  inject: (spec: FaultSpec) => Promise<void>
  clear: (spec: FaultSpec) => Promise<void>
  /** What is left of it; nothing of one that was never begun. */
  residue: (spec: FaultSpec) => Promise<string[]>
}

/** Without a keeper. For one fault. */
export function ownInjector(driver: Driver, actions: Actions): Injector {
  let begun: FaultSpec | null = null
  return {
    async inject(spec) {
      const before = await driver.remember?.(spec, actions)
      begun = before === undefined ? spec : { ...spec, before }
      try {
        await driver.inject(begun, actions)
      } catch (error) {
        await driver.clear(begun, actions)
        throw error
      }
    },
    clear: async () => (begun === null ? undefined : driver.clear(begun, actions)),
    residue: async () => (begun === null ? [] : driver.residue(begun, actions)),
  }
}

export interface Circumstances {
  driver: Driver
  injector: Injector
  observer: Observer
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

/** How a part is before its fault, and why nothing may be done to it; `problem` is null where it is well. */
export async function lookBefore<Reading>(
  probe: Probe<Reading>,
  { wellMs = 0, everyMs }: Pick<Patience, 'wellMs' | 'everyMs'>,
  pause: Circumstances['pause'],
  underLoad: boolean,
): Promise<{ problem: string | null; reading: Reading | undefined }> {
  const deadline = Date.now() + wellMs
  for (;;) {
    const found = await probe.look().then(
      (reading) => ({ problem: probe.unwell(reading, underLoad), reading }),
      (error: unknown) => ({
        problem: `could not be looked at before: ${(error as Error).message}`,
        reading: undefined,
      }),
    )
    if (found.problem === null || Date.now() >= deadline) return found
    await pause(everyMs)
  }
}

/** Fills in what becomes of the fault. Never rejects: what went wrong is its problem, in words. */
export async function live(spec: FaultSpec, verdict: FaultVerdict, around: Circumstances): Promise<void> {
  const { driver, injector, observer, say } = around
  const probe: Probe<unknown> = driver.probe(spec, observer)
  const life: Life = {
    ...around,
    spec,
    verdict,
    probe,
    before: null,
    effect: { what: probe.what, before: '', during: '', after: '' },
    failed: (what) => (error) => {
      verdict.problem ??= `${what}: ${(error as Error).message}`
      say(`fault: ${spec.id} ${what}: ${(error as Error).message}`)
    },
  }
  const { effect, failed } = life
  const { problem, reading } = await lookBefore(probe, life.patience, life.pause, true)
  if (reading !== undefined) {
    effect.before = probe.text(reading)
    verdict.effect = effect
  }
  if (problem !== null) {
    verdict.problem = problem
    return say(`fault: ${spec.id} is not injected: ${problem}`)
  }
  life.before = reading
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
  if (injected) await holdAndEnd(life)
  const left = await injector.residue(spec).catch((error: unknown) => {
    failed('could not be looked for')(error)
    return ['nobody could look for what is left']
  })
  verdict.residue = left
  verdict.healed = left.length === 0 && (!injected || verdict.heal_ms !== null)
  if (injected || left.length > 0) say(`fault: ${spec.id} ${outcome(verdict)}: ${effect.after}`)
}

interface Life extends Circumstances {
  spec: FaultSpec
  verdict: FaultVerdict
  probe: Probe<unknown>
  before: unknown
  effect: NonNullable<FaultVerdict['effect']>
  failed: (what: string) => (error: unknown) => undefined
}

/** From the injection on: sees it bite, holds it for its time, ends it, sees it heal. */
async function holdAndEnd(life: Life): Promise<void> {
  const { spec, verdict, probe, before, effect, injector, patience, hold, say, failed } = life
  const since = Date.now()
  const ends = since + spec.seconds * 1000
  let lookMs = 0
  const shows = (bites: Probe<unknown>['bites']) => async () => {
    const began = Date.now()
    const now = await probe.look()
    lookMs = Date.now() - began
    effect.during = probe.text(now)
    return bites(before, now)
  }
  const shownAt = await until(life, patience.biteMs, probe.biteLooks ?? looksInRow, shows(probe.bites))
  verdict.bite = shownAt !== null
  if (verdict.bite) verdict.bite_ms = Date.now() - since
  say(
    `fault: ${spec.id} ${verdict.bite ? 'took effect' : 'did not show any effect'}: ${effect.before} -> ${effect.during}`,
  )
  const lateMs = (shownAt ?? since) - since
  if (lateMs > (patience.shownWithinMs ?? Infinity)) {
    verdict.bite = false
    failed('its effect came too late')(new Error(`${lateMs} ms after it was due, of ${spec.seconds} s`))
  }
  const lastLookAt = ends - lookMs
  if (probe.isSinceLast === true) {
    await hold(Math.max(0, lastLookAt - freshMs - Date.now()))
    // So that the next one is about the end, and not about all the time before.
    await probe.look().catch(() => undefined)
  }
  await hold(Math.max(0, lastLookAt - Date.now()))
  // Somebody else may have undone it. Of one that was cut short nobody has to know; a timer may come a little early.
  if (verdict.bite && probe.lasts !== null && Date.now() >= lastLookAt - earlyMs) {
    verdict.bite = (await until(life, patience.lastMs, 1, shows(probe.lasts ?? probe.bites))) !== null
    if (!verdict.bite) failed('its effect did not last')(new Error(effect.during))
  }
  await hold(Math.max(0, ends - Date.now()))
  const cleared = Date.now()
  await injector.clear(spec).catch(failed('could not be ended'))
  verdict.end = Date.now()
  const wellAt = await until(life, patience.healMs, looksInRow, async () => {
    const now = await probe.look()
    effect.after = probe.text(now)
    return probe.heals(before, now)
  })
  verdict.heal_ms = wellAt === null ? null : Date.now() - cleared
}

const outcome = ({ residue = [], healed }: FaultVerdict): string =>
  residue.length > 0 ? `left something: ${residue.join(', ')}` : healed ? 'is over' : 'has not healed'

/**
 * When the first of so many looks in a row began in which something holds; null where that was not within the time. A look
 * that fails is one in which it does not.
 */
async function until(
  { patience, pause }: Circumstances,
  withinMs: number,
  looks: number,
  holds: () => Promise<boolean>,
): Promise<number | null> {
  const deadline = Date.now() + withinMs
  let row: number[] = []
  for (;;) {
    const began = Date.now()
    row = (await holds().catch(() => false)) ? [...row, began] : []
    if (row.length >= looks) return row[0]!
    if (Date.now() >= deadline) return null
    await pause(patience.everyMs)
  }
}
