// Brings a checkout to the state in which the command can run: a Node that is new enough, the locked packages, bundles
// that are newer than their sources. Plain JavaScript without packages, because it runs before any of them is there.
// With "packages" it stops before the bundles, with "build" it makes them even when they look current.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'

const wrongUse = 64
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const inRoot = (...parts) => path.join(root, ...parts)
const readJson = (...parts) => JSON.parse(readFileSync(inRoot(...parts), 'utf8'))
const lockLimitMs = 10 * 60_000

function checkNode() {
  const needed = readJson('package.json').engines.node
  const least = needed.replace('>=', '').split('.').map(Number)
  const has = process.versions.node.split('.').map(Number)
  if (has[0] > least[0] || (has[0] === least[0] && has[1] >= least[1])) return
  throw new Error(
    `Node ${needed} is needed, and this is ${process.versions.node}. Install a newer one (https://nodejs.org) and run again.`,
  )
}

/**
 * Whether what is installed is what is locked. npm notes the former in a file of its own when an installation is
 * complete; it leaves out packages of other platforms, which the lock marks as optional.
 */
function packagesAreCurrent() {
  if (!existsSync(inRoot('node_modules', '.package-lock.json'))) return false
  const installed = readJson('node_modules', '.package-lock.json').packages
  const { '': _project, ...locked } = readJson('package-lock.json').packages
  return Object.keys({ ...locked, ...installed }).every((name) => {
    if (installed[name] === undefined)
      return locked[name].optional === true || locked[name].devOptional === true
    return locked[name] !== undefined && installed[name].version === locked[name].version
  })
}

function run(what, command, args) {
  // Standard output belongs to the command that is being prepared.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (status === 0) return
  throw new Error(
    `${what} failed${error === undefined ? '; the reason is above' : `: ${error.message}`}. Set it right and run again.`,
  )
}

function installPackages() {
  if (packagesAreCurrent()) return
  process.stderr.write('installing the locked packages (npm ci, about half a minute)\n')
  run('npm ci', 'npm', ['ci', '--no-fund', '--no-audit'])
}

const sourceFolders = [
  'scenarios',
  'thresholds',
  'systems',
  'faults',
  'lib',
  'verdict',
  'keeper',
  'testbed',
  'targets',
  'scripts',
]
const products = ['manifest.json', 'node/scripts/assay.js']

/**
 * The newest time of a folder's sources; of folders too, because a removed file shows only there. Target files are
 * no sources, and a run writes one.
 */
function newest(folder) {
  const isTargets = folder === inRoot('targets')
  const times = [isTargets ? 0 : statSync(folder).mtimeMs]
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name)
    if (entry.isDirectory()) times.push(newest(file))
    else if (entry.isFile() && !isTargets) times.push(statSync(file).mtimeMs)
  }
  return Math.max(...times)
}

function bundlesAreCurrent() {
  if (!products.every((file) => existsSync(inRoot('dist', file)))) return false
  const built = statSync(inRoot('dist', 'manifest.json')).mtimeMs
  const files = ['esbuild.config.mjs', 'package-lock.json'].map((file) => statSync(inRoot(file)).mtimeMs)
  const folders = sourceFolders.map((name) => inRoot(name)).filter((folder) => existsSync(folder))
  return Math.max(...files, ...folders.map(newest)) < built
}

function build() {
  const started = new Date()
  run('the build', process.execPath, ['esbuild.config.mjs'])
  // A source saved while the build ran is newer than the bundles, so their time is that of the build's start.
  utimesSync(inRoot('dist', 'manifest.json'), started, started)
}

async function prepare(only) {
  checkNode()
  const waiting = () => process.stderr.write('waiting for another run that prepares this checkout\n')
  const work = async () => {
    installPackages()
    if (only !== 'packages' && (only === 'build' || !bundlesAreCurrent())) build()
  }
  await withLock(inRoot('.assay', 'prepare.lock'), work, { limitMs: lockLimitMs, waiting })
}

// Packages and bundles are programs that this user runs: nobody else may write them, whatever the shell says.
process.umask(process.umask() | 0o022)
await prepare(process.argv[2]).catch((error) => {
  process.stderr.write(`assay: ${error.message}\n`)
  process.exitCode = wrongUse
})
