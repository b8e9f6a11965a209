// Reads files of one JSON document per line, of any length, and names what cannot be read.
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Inputs that a report does without: which, why, and what is absent from it therefore. */
export type Missing = { file: string; why: string; absent: string }[]

/**
 * Gives every line of a file of the run folder to `take`, which answers false or throws when it cannot understand it.
 * A missing or empty file and lines that were not understood are added to `missing`; `absent` says what is then not shown.
 */
export async function readLines(
  directory: string,
  file: string,
  absent: string,
  missing: Missing,
  take: (line: string) => boolean,
): Promise<void> {
  let unreadable = 0
  let lines = 0
  try {
    const input = createReadStream(join(directory, file))
    for await (const line of createInterface({ input, crlfDelay: Infinity })) {
      if (line === '') continue
      lines += 1
      try {
        if (!take(line)) unreadable += 1
      } catch {
        // A cut-off last line is what an interrupted run leaves behind.
        unreadable += 1
      }
    }
    if (lines === 0) missing.push({ file, why: 'empty', absent })
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    missing.push({ file, why: gone ? 'not there' : String(error), absent })
  }
  if (unreadable > 0)
    missing.push({ file, why: `${unreadable} of ${lines} lines are unreadable`, absent: 'those samples' })
}
