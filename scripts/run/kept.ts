// A verdict is reached once its file is in place. What cannot be kept was not reached, whatever was judged.
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Verdict } from '../../verdict/verdict.ts'

const verdictFile = 'verdict.json'

/** A run that was judged, and whose verdict could not be written down. */
export class NotKept extends Error {
  readonly verdict: Verdict

  constructor(verdict: Verdict, cause: Error) {
    super(`judged ${verdict.verdict}, not kept: ${cause.message}`)
    this.verdict = verdict
  }
}

/**
 * Writes a file beside its place, waits until it is on the disk, and puts it in its place, so that a reader finds it whole
 * or not at all. @throws the system's error; nothing is left of the draft then.
 */
export async function putInPlace(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}`
  try {
    const written = await open(draft, 'w')
    try {
      await written.writeFile(text)
      await written.sync()
    } finally {
      await written.close()
    }
    await rename(draft, file)
    await syncFolder(path.dirname(file))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
}

/** The new name has to be on the disk as well. Some file systems cannot be asked for that. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r')
  await opened.sync().catch(() => undefined)
  await opened.close()
}

/** From here on the run has its verdict. @throws NotKept */
export async function keepVerdict(runDir: string, verdict: Verdict): Promise<void> {
  await putInPlace(path.join(runDir, verdictFile), JSON.stringify(verdict, null, 1)).catch((error: Error) => {
    throw new NotKept(verdict, error)
  })
}

/**
 * Does what may fail without changing anything that was reached.
 * @returns what failed, one line for each.
 */
export async function attempted(deeds: Record<string, () => Promise<unknown>>): Promise<string[]> {
  const failed: string[] = []
  for (const [what, deed] of Object.entries(deeds)) {
    try {
      await deed()
    } catch (error) {
      failed.push(`${what}: ${(error as Error).message}`)
    }
  }
  return failed
}
