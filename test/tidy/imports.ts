// Which file imports which, and the direction that imports must take.
import { posix } from 'node:path'
import { Visitor, parseSync } from 'oxc-parser'
import type { ProjectFiles } from './project-files.ts'

export interface Import {
  from: string
  /** A path below the project's root, or the name of a package or of a built-in module. */
  to: string
  /** What is taken of it, by the names under which it is exported; "*" for whatever there is. */
  names: string[]
  /** Gone when the program runs. */
  typeOnly: boolean
  /** Evaluated only when the program comes to it. */
  late: boolean
}

type Written = Omit<Import, 'from' | 'to'> & { name: string }

const script = /\.(js|ts|mts|mjs)$/
const isLocal = (name: string): boolean => name.startsWith('.')

/** Every import, re-export, import(), import type and require() of one file, as they are written. */
function importsOf(file: string, text: string): Written[] {
  const { module, program, errors } = parseSync(file, text)
  const [error] = errors
  if (error !== undefined) throw new Error(`${file} cannot be parsed: ${error.message}`)
  const found: Written[] = module.staticImports.map(({ moduleRequest, entries }) => ({
    name: moduleRequest.value,
    names: entries.map(({ importName: { kind, name } }) => (kind === 'Default' ? 'default' : (name ?? '*'))),
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    late: false,
  }))
  for (const { moduleRequest, importName, isType } of module.staticExports.flatMap(
    ({ entries }) => entries,
  )) {
    if (moduleRequest)
      found.push({
        name: moduleRequest.value,
        names: [importName.name ?? '*'],
        typeOnly: isType,
        late: false,
      })
  }
  const add = (source: unknown, typeOnly: boolean): void => {
    const name = nameIn(source)
    if (name !== undefined) found.push({ name, names: ['*'], typeOnly, late: true })
  }
  new Visitor({
    ImportExpression: (node) => add(node.source, false),
    TSImportType: (node) => add(node.source, true),
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'require') add(node.arguments[0], false)
    },
  }).visit(program)
  return found
}

/** The text of a literal, with * for each hole of a template; undefined for anything that is known only at run time. */
function nameIn(node: unknown): string | undefined {
  const { type, value, quasis } = node as {
    type: string
    value?: unknown
    quasis?: { value: { raw: string } }[]
  }
  if (type === 'Literal' && typeof value === 'string') return value
  if (type === 'TemplateLiteral' && quasis !== undefined)
    return quasis.map((part) => part.value.raw).join('*')
  return undefined
}

const known = new WeakMap<ProjectFiles, Import[]>()

/** Every import of these files, found once for each set of them. */
export function allImports(files: ProjectFiles): Import[] {
  const before = known.get(files)
  if (before !== undefined) return before
  const found = [...files]
    .filter(([file]) => script.test(file))
    .flatMap(([file, text]) =>
      importsOf(file, text).map(({ name, ...more }) => ({
        from: file,
        to: isLocal(name) ? posix.join(posix.dirname(file), name) : name,
        ...more,
      })),
    )
  known.set(files, found)
  return found
}

const isPackage = (to: string, folders: Set<string>): boolean => !folders.has(area(to)) || !to.includes('/')
const area = (file: string): string => file.split('/')[0] ?? ''
const isK6 = (to: string): boolean => to === 'k6' || to.startsWith('k6/')

/** What the files of each folder may import from the project, besides their own folder. */
const mayImport: Record<string, RegExp> = {
  verdict: /^$/,
  thresholds: /^verdict\//,
  // The register of systems is how a scenario reaches the chosen one; it requires the rest only when asked to.
  // Limits are builders, which anybody's script needs too; no system's criteria are among them.
  lib: /^(verdict\/|systems\/(index|default)\.ts$|thresholds\/limits\.ts$|targets\/[^/]+\/adapter\.ts$)/,
  systems: /^(verdict|thresholds|lib)\//,
  faults: /^(verdict|lib)\/|^keeper\/processes\.ts$/,
  scenarios: /^(verdict|thresholds|lib|systems|faults)\//,
  targets: /^(verdict|lib|systems)\//,
  testbed: /^(systems\/[^/]+\/api\.ts|keeper\/(requests|service)\.ts|faults\/(fault|parts)\.ts)$/,
  keeper: /^(verdict|faults)\//,
  scripts: /^(verdict|thresholds|lib|systems|faults|keeper|testbed)\//,
}

const mayImportK6 =
  /^(lib|systems|scenarios)\/|^faults\/(disruptor|grpc-health|in-k6)\.ts$|^targets\/[^/]+\/adapter\.ts$/
const runsInK6 =
  /^(verdict|thresholds|lib|systems|scenarios|targets)\/|^faults\/(disruptor|grpc-health|in-k6|drivers\/toxiproxy|drivers\/chain)\.ts$/
const runsInNode = /^(verdict|keeper|scripts|testbed)\//

/** One line for each import that goes the wrong way. */
export function misdirected(files: ProjectFiles): string[] {
  const folders = new Set([...files.keys()].map(area))
  const wrong: string[] = []
  // What is .js is a script for k6, of a benchmark or a test, and no part of the folder that it lies in.
  const imports = allImports(files).filter(({ from }) => !from.endsWith('.js'))
  for (const { from, to, typeOnly } of imports) {
    const say = (why: string): void => void wrong.push(`${from} imports ${to}: ${why}`)
    if (isK6(to)) {
      if (!mayImportK6.test(from))
        say('only lib, systems, faults, scenarios and adapters of targets may import k6')
    } else if (to.startsWith('node:')) {
      if (runsInK6.test(from)) say('this code runs in k6, where there is no Node')
    } else if (!isPackage(to, folders)) {
      if (to.startsWith('scenarios/')) {
        // Their files declare the numbers that a case has to give.
        if (!(area(from) === 'systems' && typeOnly)) say('nothing imports a scenario')
      } else if (leavesItsSystem(from, to)) say('a system may import only its own folder')
      else if (area(from) !== area(to) && mayImport[area(from)]?.test(to) === false)
        say(`${area(from)} may not import it`)
    }
  }
  return [...wrong, ...reachesK6(imports)]
}

function leavesItsSystem(from: string, to: string): boolean {
  const own = /^systems\/[^/]+\//.exec(from)?.[0]
  return own !== undefined && to.startsWith('systems/') && !to.startsWith(own)
}

/** A Node program that imports, over any number of steps, a module that needs k6 would not start. */
function reachesK6(imports: Import[]): string[] {
  const next = neededBy(imports)
  const wrong: string[] = []
  for (const start of new Set(imports.map(({ from }) => from).filter((file) => runsInNode.test(file)))) {
    const path = wayToK6(start, next)
    if (path !== undefined && path.length > 2)
      wrong.push(`${start} needs k6, which only k6 has: ${path.join(' -> ')}`)
  }
  return wrong
}

export function neededBy(imports: Import[]): Map<string, string[]> {
  const next = new Map<string, string[]>()
  for (const { from, to, typeOnly } of imports) {
    if (!typeOnly) next.set(from, [...(next.get(from) ?? []), to])
  }
  return next
}

function wayToK6(start: string, next: Map<string, string[]>): string[] | undefined {
  const seen = new Set([start])
  const ways = [[start]]
  for (const way of ways) {
    for (const to of next.get(way.at(-1) ?? '') ?? []) {
      if (isK6(to)) return [...way, to]
      if (!seen.has(to)) ways.push([...way, to])
      seen.add(to)
    }
  }
  return undefined
}
