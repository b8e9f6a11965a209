// Where the project's folders are, whichever folder the command was called from.
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The bundle of this module lies in dist/node/scripts/, its source in scripts/: the root is the folder with package.json. */
function findRoot(): string {
  const here = path.dirname(fileURLToPath(import.meta.url))
  const marker = `${path.sep}dist${path.sep}node`
  const cut = here.lastIndexOf(marker)
  return cut >= 0 ? here.slice(0, cut) : path.dirname(here)
}

export const projectRoot = findRoot()
export const inProject = (...parts: string[]): string => path.join(projectRoot, ...parts)
