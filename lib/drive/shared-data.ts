// Texts that all virtual users of a process share: k6 keeps them once, whoever reads them.
import { SharedArray } from 'k6/data'
import type { Given } from '../input/variables.ts'

/**
 * What a system's virtual users share: rows by name, each of them a text, made once in a process. `read` gives the text of a file,
 * whose path is seen from the project's folder, or absolute. @throws Error in words for the user
 */
export type SharedData = (given: Given, read: (file: string) => string) => Record<string, () => string[]>

/** A look at a row takes k6 about 6 µs, and makes a copy of it. */
export interface SharedRows {
  readonly length: number
  at: (index: number) => string
}

/** At every look k6 freezes what lies in a row, key by key: of a text that would be each of its characters. */
interface Kept {
  text: string
}

const shared: Record<string, SharedRows> = {}

/** k6 opens files relative to the bundle, whose folder is below the project's. */
function readFile(file: string): string {
  try {
    return open(file.startsWith('/') ? file : `../${file}`)
  } catch (error) {
    throw new Error(
      `the data in ${file} cannot be read (${String(error)}); ./assay data SYSTEM=name writes those of a system, and ./assay run does so by itself`,
    )
  }
}

/** Makes the rows, while k6 initialises: later it lets nobody share anything. */
export function share(data: SharedData): void {
  for (const [name, make] of Object.entries(data(__ENV, readFile))) {
    const rows = new SharedArray(name, () => make().map((text): Kept => ({ text })))
    shared[name] = { length: rows.length, at: (index) => rows[index]!.text }
  }
}

/** @throws Error where the system shares nothing of this name */
export function rowsOf(name: string): SharedRows {
  const rows = shared[name]
  if (rows === undefined) throw new Error(`nothing is shared under the name "${name}"`)
  return rows
}
