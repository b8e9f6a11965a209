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
function watchMachine(): Watch {
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

declare module 'vitest' {
  interface TaskMeta {
    /** What attempts took that measured nothing: no time of the test's own. */
    repeatedSeconds?: number
  }
}

type Context = Pick<TestContext, 'skip' | 'task'>

/** Runs a measurement, again where others had the machine, and skips the test when they still have it. */
export async function measured<T>(context: Context, measure: () => Promise<T>): Promise<T> {
  return outcomeOf(context, await tried(measure))
}

export type Tried<T> = ({ result: T } | { spoilt: string }) & { repeatedSeconds: number }

/** The same for a measurement that several tests look at: each of them says outcomeOf(context, await shared). */
export async function tried<T>(
  measure: () => Promise<T>,
  watched: () => Watch = watchMachine,
): Promise<Tried<T>> {
  const began = performance.now()
  for (let attempt = 1; ; attempt++) {
    const endWatch = watched()
    const repeatedSeconds = (performance.now() - began) / 1000
    try {
      const result = await measure()
      endWatch()
      return { result, repeatedSeconds }
    } catch (error) {
      const others = endWatch()
      const { message } = error as Error
      const isLast = attempt === attempts
      if (others === null && (isLast || !(error instanceof Spoilt))) throw error
      if (isLast) return { spoilt: `${others}: ${message}`, repeatedSeconds }
      console.log(`attempt ${attempt} of ${attempts} says nothing: ${others ?? 'INVALID'}: ${message}`)
    }
  }
}

/** What was measured; skips the test when nothing was. */
export function outcomeOf<T>({ skip, task }: Context, outcome: Tried<T>): T {
  task.meta.repeatedSeconds = outcome.repeatedSeconds
  // Several tests may look at it, and only the first one waited.
  outcome.repeatedSeconds = 0
  if ('result' in outcome) return outcome.result
  return skip(`nothing was measured in ${attempts} attempts: ${outcome.spoilt}`)
}

/** A run whose measurement can be trusted. @throws Spoilt when its verdict is INVALID. */
export async function validRun(...args: Parameters<typeof assayRun>): ReturnType<typeof assayRun> {
  const run = await assayRun(...args)
  const { verdict, line } = await run.verdict()
  if (verdict === 'INVALID') throw new Spoilt(line)
  return run
}
