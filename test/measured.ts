// Tests that measure need the machine for themselves, as a run does. Where others had it, what went wrong says nothing of the
// code: the test is tried again, and skipped by name when the machine stays busy. What failed on a machine that was ours
// has failed, and is never repeated; a run that is INVALID there is repeated, and has failed when it stays so.
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

/** Says at the end of an attempt who else had the machine; null when nobody did. */
export type Watch = () => string | null

/** Ours are this worker and the runner that started it, with all that they start. */
export function watchMachine(): Watch {
  const watch = new MachineWatch([process.pid, process.ppid])
  return () => {
    watch.end()
    return othersIn(watch)
  }
}

/** Who else had the machine between two times (Unix ms), in words. */
export function othersIn(watch: MachineWatch, from?: number, until?: number): string | null {
  const taken = watch.takenShare(from, until)
  return taken > busyLimit ? `other processes took ${percentage(taken)} of the cores` : null
}

/** Runs a measurement, again where others had the machine, and skips the test when they still have it. */
export async function measured<T>(context: Pick<TestContext, 'skip'>, measure: () => Promise<T>): Promise<T> {
  return outcomeOf(context, await tried(measure))
}

export type Tried<T> = { result: T } | { spoilt: string }

/** The same for a measurement that several tests look at: each of them says outcomeOf(context, await shared). */
export async function tried<T>(
  measure: () => Promise<T>,
  watched: () => Watch = watchMachine,
): Promise<Tried<T>> {
  for (let attempt = 1; ; attempt++) {
    const endWatch = watched()
    try {
      const result = await measure()
      endWatch()
      return { result }
    } catch (error) {
      const others = endWatch()
      const { message } = error as Error
      const isLast = attempt === attempts
      if (others === null && (isLast || !(error instanceof Spoilt))) throw error
      if (isLast) return { spoilt: `${others}: ${message}` }
      console.log(`attempt ${attempt} of ${attempts} says nothing: ${others ?? 'INVALID'}: ${message}`)
    }
  }
}

/** What was measured; skips the test when nothing was. */
export function outcomeOf<T>(context: Pick<TestContext, 'skip'>, outcome: Tried<T>): T {
  if ('result' in outcome) return outcome.result
  return context.skip(`nothing was measured in ${attempts} attempts: ${outcome.spoilt}`)
}

/** A run whose measurement can be trusted. @throws Spoilt when its verdict is INVALID. */
export async function validRun(...args: Parameters<typeof assayRun>): ReturnType<typeof assayRun> {
  const run = await assayRun(...args)
  const { verdict, line } = await run.verdict()
  if (verdict === 'INVALID') throw new Spoilt(line)
  return run
}
