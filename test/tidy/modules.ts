// What modules export that nobody takes, modules that need each other, and packages that no module needs.
import { basename } from 'node:path/posix'
import { parseSync } from 'oxc-parser'
import { allImports, neededBy } from './imports.ts'
import type { ProjectFiles } from './project-files.ts'

/** Taken by k6, by a tool, or by the programs that find a file by its place. */
const takenByPlace =
  /^scenarios\/|^lib\/(any-script\/criteria|input\/system-variables)\.ts$|^testbed\/[^/]+\/(testbed|bench\/answers)\.ts$|^systems\/[^/]+\/oracles\.ts$|^test\/(fixtures\/|build\.ts$|outcome\.ts$)|\.config\.(ts|mjs)$/
/** Found by their folder: tests by their runner, programs by the build. */
const runByPlace = /\.test\.ts$|\/programs\/[^/]+\.ts$/
const source = /(?<!\.d)\.(ts|mjs)$/

/** "file exports name" for each value that no other file imports. Types may stand there for whoever needs one. */
export function unusedExports(files: ProjectFiles): string[] {
  const imports = allImports(files)
  const taken = new Set(imports.flatMap(({ to, names }) => names.map((name) => `${to} exports ${name}`)))
  const ways = imports.filter(({ to, names }) => names.includes('*') && to.includes('*'))
  const isTakenWhole = (file: string): boolean =>
    taken.has(`${file} exports *`) || ways.some(({ to }) => fits(file, to))
  return [...files]
    .filter(([file]) => source.test(file) && !takenByPlace.test(file) && !isTakenWhole(file))
    .flatMap(([file, text]) => valuesOf(file, text).map((name) => `${file} exports ${name}`))
    .filter((exported) => !taken.has(exported))
}

/** Whether a path is one of those that a name with * stands for. */
function fits(file: string, pattern: string): boolean {
  const [before = '', after = ''] = pattern.split('*')
  return file.startsWith(before) && file.endsWith(after)
}

const valuesOf = (file: string, text: string): string[] =>
  parseSync(file, text)
    .module.staticExports.flatMap(({ entries }) => entries)
    .filter(({ isType }) => !isType)
    .flatMap(({ exportName: { kind, name } }) => (kind === 'Default' ? 'default' : (name ?? [])))

/** Modules that no other imports and that nothing calls by name: not the Makefile, a script, the build or a page. */
export function deadFiles(files: ProjectFiles): string[] {
  const imports = allImports(files)
  const taken = new Set(imports.map(({ to }) => to))
  const ways = imports.map(({ to }) => to).filter((to) => to.includes('*'))
  return [...files.keys()].filter((file) => {
    if (!source.test(file) || takenByPlace.test(file) || runByPlace.test(file) || taken.has(file))
      return false
    const name = basename(file).replace(/\.ts$/, '')
    const isNamed = [...files].some(([other, text]) => other !== file && text.includes(name))
    return !isNamed && !ways.some((to) => fits(file, to))
  })
}

/** Programs, and what the compiler reads by itself. */
const usedWithoutImport = /^(@types\/.*|oxlint|prettier|typescript)$/

/** Packages of package.json that no module imports, or looks for. */
export function unusedPackages(files: ProjectFiles): string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(
    files.get('package.json') ?? '{}',
  ) as Partial<Record<'dependencies' | 'devDependencies', Record<string, string>>>
  const imported = allImports(files).map(({ to }) => to)
  const texts = [...files].filter(([file]) => source.test(file)).map(([, text]) => text)
  const isImported = (name: string): boolean =>
    imported.some((to) => to === name || to.startsWith(`${name}/`))
  const isLookedUp = (name: string): boolean => texts.some((text) => text.includes(`.resolve('${name}')`))
  return Object.keys({ ...dependencies, ...devDependencies }).filter(
    (name) => !usedWithoutImport.test(name) && !isImported(name) && !isLookedUp(name),
  )
}

/** Each set of modules that need each other's values as soon as they are evaluated, sorted. */
export function cycles(files: ProjectFiles): string[] {
  const next = neededBy(allImports(files).filter(({ to, late }) => !late && files.has(to)))
  const reached = new Map([...next.keys()].map((file) => [file, reachedFrom(file, next)]))
  const found = [...next.keys()]
    .filter((file) => reached.get(file)!.has(file))
    .map((file) => [...reached.get(file)!].filter((other) => reached.get(other)?.has(file) === true).sort())
  return [...new Set(found.map((files) => files.join(' <-> ')))]
}

function reachedFrom(start: string, next: Map<string, string[]>): Set<string> {
  const seen = new Set<string>()
  const waiting = [...(next.get(start) ?? [])]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    waiting.push(...(next.get(file) ?? []))
  }
  return seen
}
