// Builds everything into dist/ of the work folder: scenarios as k6 bundles, Node programs, and the manifest that says what is in
// them.
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import path from 'node:path'
import { build } from 'esbuild'
import { findWorkFolder, sourceTree } from './scripts/build/work-folder.mjs'

/** What somebody has to put right is said in a line, without a stack. */
function orExit(about, deed) {
  try {
    return deed()
  } catch (error) {
    // Any other error, such as a TypeError, is one of the code, and its stack says where.
    if (error.name !== 'Error') throw error
    process.stderr.write(`${about}${error.message}\n`)
    process.exit(1)
  }
}

const work = orExit('', findWorkFolder)
const tree = orExit('', () => sourceTree(work))
const dist = path.join(work, 'dist')
process.chdir(tree)
// Where no target has an adapter, git keeps no folder for them, and esbuild wants one to look into.
if (!existsSync('targets')) await mkdir('targets')

/** esbuild has said itself what is wrong with a source, and where. */
const bundle = (options) =>
  build(options).catch((error) => {
    if (error.errors === undefined) throw error
    process.exit(1)
  })

const folder = async (name, match) =>
  (await readdir(name)).filter((file) => match.test(file)).map((file) => `${name}/${file}`)
const scenarios = await folder('scenarios', /\.ts$/)

const shared = {
  absWorkingDir: tree,
  bundle: true,
  format: 'esm',
  sourcemap: 'linked',
  logLevel: 'warning',
  logOverride: { 'empty-glob': 'silent' },
  write: true,
  metafile: true,
  // A module of the work folder finds those of the package beside it, where the tree has its link.
  preserveSymlinks: true,
  nodePaths: [path.join(work, 'node_modules')],
}

/** Outside k6 its modules are empty: a plan needs none of them, and whatever does need them fails loudly. */
const withoutK6 = {
  name: 'without-k6',
  setup(plugin) {
    plugin.onResolve({ filter: /^k6(\/|$)/ }, ({ path: name }) => ({ path: name, namespace: 'without-k6' }))
    plugin.onLoad({ filter: /.*/, namespace: 'without-k6' }, () => ({
      contents: 'class Metric {}; module.exports = { Counter: Metric, Trend: Metric }',
      loader: 'js',
    }))
  },
}

const forK6 = {
  ...shared,
  platform: 'neutral',
  mainFields: ['module', 'main'],
  conditions: ['import'],
  target: 'es2020',
  external: ['k6', 'k6/*'],
  minifySyntax: true,
  minifyWhitespace: true,
}

/** A numerical library says what it does to a logger that only Node and browsers have; in k6 nobody listens. */
const withoutLogger = {
  name: 'without-logger',
  setup(plugin) {
    plugin.onResolve({ filter: /^debug$/ }, () => ({ path: 'debug', namespace: 'without-logger' }))
    plugin.onLoad({ filter: /.*/, namespace: 'without-logger' }, () => ({
      contents: 'module.exports = () => () => {}',
      loader: 'js',
    }))
  },
}

/**
 * A closure does not import k6's modules. k6 gives them out only while a script is initialised, so the import would have to stand
 * at the bundle's top, where every virtual user pays for each exported name: 13 KB for k6/metrics. Whoever requires the closure
 * passes what it needs.
 */
const withoutK6Imports = {
  name: 'without-k6-imports',
  setup(plugin) {
    plugin.onResolve({ filter: /^k6(\/|$)/ }, ({ path: name, importer }) => {
      // What only disrupted pods need is asked for only there: an import at the top would ask for it everywhere.
      if (/^k6\/(x|net)\//.test(name)) return { path: name, external: true }
      const text = `${path.relative(tree, importer)} is loaded in a closure and cannot import ${name}: pass it what it needs`
      return { errors: [{ text }] }
    })
  },
}

/**
 * Wraps modules that only the first virtual user needs, or only one actor, so that all others skip them: esbuild hoists
 * the functions of a required module to the bundle's top, where every virtual user would make each of them anew.
 */
const withClosures = (around = []) => ({
  name: 'closure',
  setup(plugin) {
    // Exactly the modules that are required, not imported: what a system or an adapter asks for late, and parts of the kit. A
    // namespace of its own, because below this package.json a file would be taken for an ES module.
    plugin.onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ kind, path: name, resolveDir }) => {
      const file = path.resolve(resolveDir, name)
      return kind === 'require-call' ? { path: file, namespace: 'closure' } : undefined
    })
    const isSmall = plugin.initialOptions.minifyIdentifiers === true
    plugin.onLoad({ filter: /.*/, namespace: 'closure' }, async ({ path: file }) => ({
      contents: await closureOf(file, isSmall, around),
      loader: 'js',
    }))
  },
})

/** Those that are done, by file: closures of all bundles are the same. */
const closures = new Map()

async function closureOf(file, isSmall, around) {
  if (around.includes(file))
    throw new Error(`${path.relative(tree, file)} requires itself: ${around.join(' -> ')}`)
  const key = `${file} ${isSmall}`
  if (!closures.has(key)) closures.set(key, await buildClosure(file, isSmall, [...around, file]))
  return closures.get(key)
}

async function buildClosure(file, minifyIdentifiers, around) {
  const { outputFiles } = await build({
    ...forK6,
    entryPoints: [file],
    format: 'cjs',
    minifyIdentifiers,
    // A closure may hold others.
    plugins: [withClosures(around), withoutLogger, withoutK6Imports],
    sourcemap: 'inline',
    write: false,
    metafile: false,
  })
  return outputFiles[0].text
}

const bundles = await bundle({
  ...forK6,
  entryPoints: scenarios,
  outdir: dist,
  plugins: [withClosures()],
})

// For scripts of other people, who copy it: as small as it gets, with its licences beside it.
await bundle({
  ...forK6,
  minifyIdentifiers: true,
  legalComments: 'linked',
  // Copied alone, it would ask for a map that is not there.
  sourcemap: false,
  entryPoints: { assay: 'lib/any-script/criteria.ts' },
  outdir: dist,
  plugins: [withClosures()],
})
await copyFile('lib/any-script/assay.d.ts', path.join(dist, 'assay.d.ts'))

// The kit's own path in the benchmark: one actor of no system.
await bundle({ ...forK6, entryPoints: ['scripts/bench/step-actors.js'], outdir: path.join(dist, 'bench') })

const node = {
  ...shared,
  platform: 'node',
  target: 'node20',
  packages: 'external',
  outbase: '.',
  outdir: path.join(dist, 'node'),
}
await bundle({ ...node, entryPoints: [...scenarios, 'lib/input/system-variables.ts'], plugins: [withoutK6] })

/** What has this name in every folder that has it. */
const ofEach = async (where, name) =>
  (await readdir(where)).map((own) => `${where}/${own}/${name}`).filter((file) => existsSync(file))

/** The programs of testbeds: whatever lies in a folder of that name. */
const programs = (await ofEach('testbed', 'programs')).map((name) => folder(name, /\.ts$/))

const oracles = await ofEach('systems', 'oracles.ts')
const data = await ofEach('systems', 'data/files.ts')
const testbeds = await ofEach('testbed', 'testbed.ts')
const benchmarks = await ofEach('testbed', 'bench/answers.ts')
const entryPoints = [
  'scripts/assay.ts',
  'keeper/main.ts',
  ...oracles,
  ...data,
  ...testbeds,
  ...(await Promise.all(programs)).flat(),
  ...benchmarks,
]
await bundle({ ...node, entryPoints })

const ownerOf = (file) => file.split('/')[1]
const { systemVariables } = await import(
  pathToFileURL(path.join(dist, 'node/lib/input/system-variables.js')).href
)
const manifest = {
  scenarios: {},
  variables: systemVariables(),
  oracles: oracles.map(ownerOf),
  data: data.map(ownerOf),
  testbeds: testbeds.map(ownerOf),
}
for (const file of scenarios) {
  const name = path.basename(file, '.ts')
  const { plans } = await import(pathToFileURL(path.join(dist, 'node/scenarios', `${name}.js`)).href)
  manifest.scenarios[name] = {
    bundle: `dist/${name}.js`,
    bytes: bundles.metafile.outputs[path.relative(tree, path.join(dist, `${name}.js`))].bytes,
    // What is wrong with one is a mistake in a scenario or a case.
    plans: orExit(`scenarios/${name}.ts: `, plans),
  }
}
await mkdir(dist, { recursive: true })
await writeFile(path.join(dist, 'manifest.json'), JSON.stringify(manifest, null, 1))
