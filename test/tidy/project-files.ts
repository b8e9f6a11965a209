// The files that a check looks at: those of the checkout, or a few lines written for a test of the check itself.
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { inPackage } from '../../scripts/project.ts'

/** Text by path below the project's root, with forward slashes. */
export type ProjectFiles = ReadonlyMap<string, string>

const binary = /\.(png|jpg|ico|woff2?|gz)$/

/** What git tracks or would track. Files that were removed and not yet committed as such are left out. */
export async function projectFiles(): Promise<ProjectFiles> {
  const git = await execa('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: inPackage(),
  })
  const files = new Map<string, string>()
  for (const file of new Set(git.stdout.split('\0'))) {
    if (file === '' || binary.test(file)) continue
    const text = readIfThere(inPackage(file))
    if (text !== undefined) files.set(file, text)
  }
  return files
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
