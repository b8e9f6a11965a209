// The two folders of a run, whichever folder the command was called from: see work-folder.mjs.
import { existsSync, realpathSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const here = path.dirname(fileURLToPath(import.meta.url))
/** The bundle of this module lies in dist/node/scripts/ of the work folder, its source in scripts/ of the package. */
const cut = here.lastIndexOf(path.join(path.sep, 'dist', 'node'))
/** In a work folder of its own: a link to the package that it was built from. */
const packageLink = path.join(here.slice(0, cut), 'dist', 'package')

/** Holds what builds and runs write: dist/, reports/, the keepers' state. May hold systems of its owner's. */
export const workFolder = cut >= 0 ? here.slice(0, cut) : path.dirname(here)
/** Holds what ships, and is only read. */
export const packageFolder = cut >= 0 && existsSync(packageLink) ? realpathSync(packageLink) : workFolder

export const inWork = (...parts: string[]): string => path.join(workFolder, ...parts)
export const inPackage = (...parts: string[]): string => path.join(packageFolder, ...parts)

/** A file or a folder that somebody named, seen from the folder in which the command was called. */
export const callersPath = (file: string): string => path.resolve(file)
