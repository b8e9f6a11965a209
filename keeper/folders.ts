// Where keepers keep their state, and which folders they may remove.
import { lstat, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { KeeperError } from './keeper-error.ts'

/** Of one project; never committed. */
export function keepersFolder(projectRoot: string): string {
  return path.join(projectRoot, '.assay', 'keepers')
}

/** Data of services: inside a keeper's folder, so that it goes with it. */
export const dataFolder = 'data'

/** Folders outside the keeper's own may be removed only where this prefix says whose they are. */
const ownPrefix = 'assay-'

/**
 * Says no to every folder that could belong to somebody else: allowed are those below `keepersRoot`, and those of the system's
 * temporary folder whose name begins with `assay-`.
 * @throws KeeperError not_allowed
 */
export function checkRemovable(folder: string, keepersRoot: string): void {
  const inside = path.relative(keepersRoot, folder)
  const isBelow = inside !== '' && !inside.startsWith('..') && !path.isAbsolute(inside)
  const temporary = path.relative(os.tmpdir(), folder)
  const isOwn = temporary.startsWith(ownPrefix) && temporary === path.basename(temporary)
  if (path.isAbsolute(folder) && path.normalize(folder) === folder && (isBelow || isOwn)) return
  throw new KeeperError(
    'not_allowed',
    `${folder} is not removed by a keeper: it must lie below ${keepersRoot}, or be ${path.join(os.tmpdir(), `${ownPrefix}<name>`)}`,
  )
}

/** Removes it if it is there. A symbolic link is removed as a link. @throws KeeperError not_allowed, or the system's error. */
export async function removeFolder(folder: string, keepersRoot: string): Promise<boolean> {
  checkRemovable(folder, keepersRoot)
  const there = await lstat(folder).then(
    () => true,
    () => false,
  )
  if (there) await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
  return there
}
