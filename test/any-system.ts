// The project without any system that it has, and with one that came from outside: a copy of the tree to be built and run.
import { cp, mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { projectRoot } from './assay.ts'
import { projectFiles } from './tidy/project-files.ts'
import { isOwn, systemsIn } from './tidy/text.ts'

export interface OtherTree {
  root: string
  /** The systems that are not in it. */
  removed: string[]
  /** Runs a program in it. Its failure is an answer, and its output one stream. */
  inTree: (program: string, ...args: string[]) => Promise<{ exitCode: number | undefined; output: string }>
  remove: () => Promise<void>
}

/** A system that the kit does not know, as its files lie in a tree. */
export const anySystem = path.join(projectRoot, 'test/fixtures/any-system')

/** What is about systems, though it lies outside of their folders. */
const aboutSystems = /^targets\/|^test\/fixtures\/golden\//

/** Copies what git knows of the project, as far as it is wanted, and links what is installed and built. */
export async function copyProject(root: string, isWanted: (file: string) => boolean): Promise<void> {
  for (const file of (await projectFiles()).keys()) {
    if (!isWanted(file)) continue
    await mkdir(path.dirname(path.join(root, file)), { recursive: true })
    await cp(path.join(projectRoot, file), path.join(root, file))
  }
  for (const folder of ['node_modules', 'bin'])
    await symlink(path.join(projectRoot, folder), path.join(root, folder))
}

/** Copies what git knows, leaves out all systems, and puts the fixture in their place. */
export async function treeOfAnotherSystem(): Promise<OtherTree> {
  const root = await mkdtemp(path.join(await realpath(tmpdir()), 'assay-any-system-'))
  const systems = systemsIn(await projectFiles())
  await copyProject(
    root,
    (file) => !aboutSystems.test(file) && !systems.some((system) => isOwn(system, file)),
  )
  await cp(anySystem, root, { recursive: true })
  // Some tools look for the project that a file belongs to.
  await execa('git', ['init', '--quiet'], { cwd: root })
  const env = Object.fromEntries(
    ['PATH', 'HOME', 'LANG'].flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
  return {
    root,
    removed: systems,
    inTree: async (program, ...args) => {
      const options = { cwd: root, reject: false, all: true, extendEnv: false, env } as const
      const { exitCode, all } = await execa(program, args, options)
      return { exitCode, output: all }
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}
