// Tests that measure need the machine for themselves, as a run does. Where it was not theirs, what went wrong says nothing
// of the code: they are repeated, and named as skipped when the machine stays busy. A failure on a machine that was theirs
// is never repeated.
import type { TestContext } from 'vitest'
import { busyLimit } from '../verdict/machine.ts'
import { percentage } from '../verdict/wording.ts'
import { assayRun } from './assay.ts'
import { MachineWatch } from './machine-watch.ts'

/** How often a measurement is tried. */
export const attempts = 3

/** The time-out of a test whose single attempt may take so long. */
export const triedFor = (milliseconds: number): number => attempts * milliseconds

/** What a test throws that finds its own measurement not to be trusted, as a verdict of INVALID says. */
export class Spoilt extends Error {}

/** Who else had the machine, in words; null when nobody did. */
function othersIn(watch: MachineWatch): string | null {
  watch.end()
  const taken = watch.takenShare()
  return taken > busyLimit ? `other processes took ${percentage(taken)} of the cores` : null
}

/**
 * Runs a measurement. When it fails while others had the machine, or throws Spoilt, it is tried again; after the last
 * attempt the test is skipped, with the reason as its note.
 */
export async function measured<T>(context: Pick<TestContext, 'skip'>, measure: () => Promise<T>): Promise<T> {
  const outcome = await tried(measure)
  return outcomeOf(context, outcome)
}

export type Tried<T> = { result: T } | { spoilt: string }

/** The same for a measurement that several tests look at: each of them says outcomeOf(context, await shared). */
export async function tried<T>(measure: () => Promise<T>): Promise<Tried<T>> {
  let spoilt = ''
  for (let attempt = 1; attempt <= attempts; attempt++) {
    // This worker and the runner that started it, with all that they start.
    const watch = new MachineWatch([process.pid, process.ppid])
    try {
      const result = await measure()
      watch.end()
      return { result }
    } catch (error) {
      const busy = othersIn(watch)
      if (!(error instanceof Spoilt) && busy === null) throw error
      spoilt = error instanceof Spoilt ? error.message : `${busy} (${(error as Error).message})`
      console.log(`attempt ${attempt} of ${attempts} measured nothing: ${spoilt}`)
    }
  }
  return { spoilt }
}

/** What was measured; skips the test when nothing was. */
export function outcomeOf<T>(context: Pick<TestContext, 'skip'>, outcome: Tried<T>): T {
  if ('result' in outcome) return outcome.result
  return context.skip(`INVALID ${attempts} times: ${outcome.spoilt}`)
}

/** A run whose measurement can be trusted. @throws Spoilt when its verdict is INVALID. */
export async function validRun(...args: Parameters<typeof assayRun>): ReturnType<typeof assayRun> {
  const run = await assayRun(...args)
  const { verdict, line } = await run.verdict()
  if (verdict === 'INVALID') throw new Spoilt(line)
  return run
}
