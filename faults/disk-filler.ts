// How a disk gets full: one file that takes all that is free, on a file system that the process has for itself.
import { statSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { ProcessPart } from './parts.ts'

/** @throws Error where filling the disk would fill that of others. */
export function checkOwnDisk({ disk = '' }: ProcessPart, target: string): void {
  const field = `processes.${target}.disk (${disk})`
  const deviceOf = (folder: string): number | undefined => statSync(folder, { throwIfNoEntry: false })?.dev
  const own = deviceOf(disk)
  if (own === undefined) throw new Error(`${field} is not there`)
  if (own === deviceOf(path.dirname(disk)))
    throw new Error(`${field} is no file system of its own: filling it would fill that of others, too`)
}

/** It is written in pieces until nothing more goes in. */
const pieceBytes = 64 * 1024

/** How the filling of a disk is stopped, by the file that fills it; says whether that file is ours. */
const fills = new Map<string, () => Promise<boolean>>()

/** Fills until nothing more goes in, or until it is stopped. */
export function fill(file: string): Promise<void> {
  let isStopped = false
  const done = writePieces(file, () => isStopped)
  fills.set(file, () => {
    isStopped = true
    return done.then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code !== 'EEXIST',
    )
  })
  return done
}

/** Whoever stops waiting for it has not stopped it: it would go on, and make a removed file anew. */
export async function empty(file: string): Promise<void> {
  const isOurs = (await fills.get(file)?.()) ?? true
  fills.delete(file)
  if (isOurs) await rm(file, { force: true })
}

async function writePieces(file: string, isStopped: () => boolean): Promise<void> {
  const piece = Buffer.alloc(pieceBytes, 1)
  // Only a file that was not there before: a link of this name would lead to somebody else's.
  const filled = await open(file, 'wx')
  try {
    while (!isStopped()) await filled.writeFile(piece)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await filled.close()
  }
}
