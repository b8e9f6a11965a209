// The two folders of every command. The package holds what ships and is only read; the work folder holds what builds and runs
// write, and systems of its owner's. They are one unless ASSAY_WORK names another work folder. Plain JavaScript, because it is
// needed before anything is built.
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export const packageFolder = realpathSync(path.resolve(import.meta.dirname, '../..'))

/** The work folder that ASSAY_WORK names, seen from the current folder. @throws Error where that is no folder */
export function findWorkFolder() {
  const named = process.env['ASSAY_WORK'] ?? ''
  if (named === '') return packageFolder
  const folder = path.resolve(named)
  const stats = statSync(folder, { throwIfNoEntry: false })
  if (stats === undefined)
    throw new Error(`ASSAY_WORK=${named}: there is no folder ${folder}. Make it, or name one that is there.`)
  if (!stats.isDirectory())
    throw new Error(`ASSAY_WORK=${named}: ${folder} is no folder. Name a folder for dist/ and reports/.`)
  return realpathSync(folder)
}

/** Folders of the package that a work folder may add to. */
export const sharedFolders = ['systems', 'thresholds', 'testbed', 'targets']
export const sourceFolders = [...sharedFolders, 'scenarios', 'faults', 'lib', 'verdict', 'keeper', 'scripts']

/** A link in the work folder's dist/ to the package that it was built from. */
const packageLink = (work) => path.join(work, 'dist', 'package')

/** Whether what was built in this work folder came from this package: another version has other times and other files. */
export const isBuiltFromHere = (work) =>
  work === packageFolder ||
  (existsSync(packageLink(work)) && realpathSync(packageLink(work)) === packageFolder)

/** What a folder adds to one of the shared folders: sub-folders, and modules. Target files are no part of a build. */
function partsIn(root, folder) {
  if (!existsSync(path.join(root, folder))) return []
  return readdirSync(path.join(root, folder)).filter((name) => {
    const stats = statSync(path.join(root, folder, name), { throwIfNoEntry: false })
    if (name.startsWith('.') || stats === undefined) return false
    return stats.isDirectory() || (folder !== 'targets' && name.endsWith('.ts'))
  })
}

/** @throws Error for a name that both folders have, and for a system without one of its modules */
function checkParts(work) {
  for (const folder of sharedFolders)
    for (const name of partsIn(work, folder)) {
      const [own, other] = [work, packageFolder].map((root) => path.join(root, folder, name))
      if (existsSync(other))
        throw new Error(`${own} and ${other} have the same name. Give yours another one.`)
    }
  for (const name of systemsIn(work))
    for (const file of ['system.ts', 'actors.ts'])
      if (!existsSync(path.join(work, 'systems', name, file)))
        throw new Error(
          `${path.join(work, 'systems', name)} has no ${file}, which every system has: see docs/adding.md.`,
        )
}

const systemsIn = (work) => partsIn(work, 'systems').filter((name) => !name.endsWith('.ts'))

/** A system's entry in the register: it may do without what its virtual users share. */
function entryOf(work, name) {
  const load = (file) => `() => require(${JSON.stringify(`./${name}/${file}`)})`
  const shared = existsSync(path.join(work, 'systems', name, 'shared-data.ts'))
    ? `, data: ${load('shared-data.ts')}`
    : ''
  return `  ${JSON.stringify(name)}: { system: ${load('system.ts')}, actors: ${load('actors.ts')}${shared} },`
}

/** The register of the package's systems with those of the work folder. */
const registerOf = (work) =>
  [
    "import { systems as ofPackage } from './of-package.ts'",
    'export const systems = {',
    '  ...ofPackage,',
    ...systemsIn(work).map((name) => entryOf(work, name)),
    '}',
    '',
  ].join('\n')

/** A link that is right already stays: a run may be using it. */
function link(file, target) {
  const way = path.relative(path.dirname(file), target)
  if (lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() && readlinkSync(file) === way) return
  rmSync(file, { recursive: true, force: true })
  mkdirSync(path.dirname(file), { recursive: true })
  symlinkSync(way, file)
}

/** The same folders with links to the same files: esbuild looks for what a pattern stands for in no folder that is a link. */
function linkEach(place, target) {
  const stats = statSync(target, { throwIfNoEntry: false })
  if (stats?.isFile()) link(place, target)
  if (!stats?.isDirectory()) return
  for (const name of readdirSync(target)) linkEach(path.join(place, name), path.join(target, name))
}

/**
 * The folder whose sources are built: the package, or a tree of links in which the parts of the work folder lie beside those of
 * the package, so that an import finds them as if they were one.
 * @throws Error that names what in the work folder cannot be built
 */
export function sourceTree(work) {
  if (work === packageFolder) return packageFolder
  checkParts(work)
  const dist = path.join(work, 'dist')
  const tree = path.join(dist, 'tree')
  rmSync(tree, { recursive: true, force: true })
  link(packageLink(work), packageFolder)
  const inPackage = (...parts) => path.join(packageLink(work), ...parts)
  const whole = sourceFolders.filter((name) => !sharedFolders.includes(name))
  for (const name of [...whole, 'node_modules', 'package.json', 'tsconfig.json'])
    link(path.join(tree, name), inPackage(name))
  for (const folder of sharedFolders) {
    for (const name of partsIn(packageFolder, folder))
      if (`${folder}/${name}` !== 'systems/index.ts')
        linkEach(path.join(tree, folder, name), inPackage(folder, name))
    for (const name of partsIn(work, folder))
      linkEach(path.join(tree, folder, name), path.join(work, folder, name))
  }
  link(path.join(tree, 'systems/of-package.ts'), inPackage('systems/index.ts'))
  writeFileSync(path.join(tree, 'systems/index.ts'), registerOf(work))
  // Node programs look for their packages, and for what kind of module they are, in the folders above them.
  link(path.join(dist, 'node/node_modules'), inPackage('node_modules'))
  writeFileSync(path.join(dist, 'node/package.json'), '{ "type": "module" }\n')
  return tree
}
