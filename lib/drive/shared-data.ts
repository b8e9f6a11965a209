// Rows that all virtual users of a process share: k6 keeps them once, whoever reads them.
import { SharedArray } from 'k6/data'
import type { Given } from '../input/variables.ts'

/**
 * What a system's virtual users share: rows by name, each made once in a process. `read` gives the text of a file, whose path is
 * seen from the project's folder, or absolute. @throws Error in words for the user
 */
export type SharedData = (given: Given, read: (file: string) => string) => Record<string, () => unknown[]>

const shared: Record<string, readonly unknown[]> = {}

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
  for (const [name, make] of Object.entries(data(__ENV, readFile))) shared[name] = new SharedArray(name, make)
}

/** @throws Error where the system shares nothing of this name */
export function rowsOf(name: string): readonly unknown[] {
  const rows = shared[name]
  if (rows === undefined) throw new Error(`nothing is shared under the name "${name}"`)
  return rows
}
