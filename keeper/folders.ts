// Where keepers keep their state, whose it must be, and which folders a keeper may remove.
import { chmodSync, lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs'
import { rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { KeeperError, reasonOf } from './keeper-error.ts'

/** Of one work folder; never committed. */
export function keepersFolder(workFolder: string): string {
  return path.join(workFolder, '.assay', 'keepers')
}

/** Data of services: inside a keeper's folder, so that it goes with it. */
export const dataFolder = 'data'

/** Folders outside the keeper's own may be removed only where this prefix says whose they are. */
const ownPrefix = 'assay-'

const forItsOwnerAlone = 0o700
const writableByOthers = 0o022

const statsOf = (file: string): Stats | undefined => lstatSync(file, { throwIfNoEntry: false })
/** Systems without user ids, such as Windows, have other ways to keep people apart. */
const isOurs = ({ uid }: Stats): boolean => process.geteuid === undefined || uid === process.geteuid()

/**
 * Makes a folder that nobody else can enter, whatever the umask is; one of ours that others could enter is closed. What is
 * written below it decides which processes are ended and which folders are removed.
 * @throws KeeperError not_allowed where it is somebody else's, or no folder
 */
export function makePrivateFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: forItsOwnerAlone })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new KeeperError('not_allowed', `the folder ${folder} cannot be made: ${reasonOf(thrown)}`)
  }
  const stats = statsOf(folder)
  if (stats === undefined || !stats.isDirectory())
    throw new KeeperError('not_allowed', `${folder} is no folder: remove it and run again`)
  if (!isOurs(stats))
    throw new KeeperError(
      'not_allowed',
      `the folder ${folder} belongs to another user: run as that user, or remove it and run again`,
    )
  if ((stats.mode & 0o777) !== forItsOwnerAlone) chmodSync(folder, forItsOwnerAlone)
}

/** Why a file or folder may have been written by another user, in words; null where only we can have written it. */
export function ownershipProblem(file: string, kind: 'file' | 'folder'): string | null {
  const stats = statsOf(file)
  if (stats === undefined) return null
  const isRight = kind === 'file' ? stats.isFile() : stats.isDirectory()
  if (!isRight) return `${file} is no ${kind}`
  if (!isOurs(stats)) return `${file} belongs to another user`
  return (stats.mode & writableByOthers) === 0 ? null : `${file} can be written by other users`
}

/** The path with every link above its last name followed; of what is not there yet, as far as it is. */
function resolved(file: string): string {
  const above = path.dirname(file)
  if (above === file) return file
  const parent = statsOf(above) === undefined ? resolved(above) : realpathSync(above)
  return path.join(parent, path.basename(file))
}

/**
 * Says no to every folder that could belong to somebody else. Allowed is, with all links followed, what lies below `keeper`,
 * the folder of one keeper, and what is ours in the system's temporary folder under a name that begins with `assay-`.
 * @throws KeeperError not_allowed
 */
export function checkRemovable(folder: string, keeper: string): void {
  if (isWhole(folder) && (isBelow(folder, keeper) || isOwnTemporary(folder))) return
  throw new KeeperError(
    'not_allowed',
    `${folder} is not removed by a keeper: it must lie below ${keeper}, or be our own ${path.join(os.tmpdir(), `${ownPrefix}<name>`)}`,
  )
}

/**
 * The place of a disk, with all links above it followed, as the system names what is mounted.
 * @throws KeeperError not_allowed where it does not lie below `keeper`, the folder of one keeper
 */
export function diskPlace(folder: string, keeper: string): string {
  if (isWhole(folder) && isBelow(folder, keeper)) return resolved(folder)
  throw new KeeperError('not_allowed', `no disk is made or removed at ${folder}: it must lie below ${keeper}`)
}

const isWhole = (folder: string): boolean => path.isAbsolute(folder) && path.normalize(folder) === folder

function isBelow(folder: string, keeper: string): boolean {
  const inside = path.relative(resolved(keeper), resolved(folder))
  return inside !== '' && inside !== '..' && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside)
}

function isOwnTemporary(folder: string): boolean {
  if (!path.basename(folder).startsWith(ownPrefix)) return false
  if (path.dirname(resolved(folder)) !== realpathSync(os.tmpdir())) return false
  const stats = statsOf(folder)
  return stats === undefined || isOurs(stats)
}

/** Removes it if it is there. A symbolic link is removed as a link. @throws KeeperError not_allowed, or the system's error. */
export async function removeFolder(folder: string, keeper: string): Promise<boolean> {
  checkRemovable(folder, keeper)
  const isThere = statsOf(folder) !== undefined
  if (isThere) await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 })
  return isThere
}
