// Brings a checkout to the state in which the command can run: a Node that is new enough, the locked packages, bundles in the
// work folder that are newer than their sources. Plain JavaScript without packages, because it runs before any of them is there.
// With "packages" it stops before the bundles, with "build" it makes them even when they look current.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { withLock } from './lock.mjs'
import {
  findWorkFolder,
  isBuiltFromHere,
  packageFolder,
  sharedFolders,
  sourceFolders,
} from './work-folder.mjs'

const wrongUse = 64
const inPackage = (...parts) => path.join(packageFolder, ...parts)
const readJson = (...parts) => JSON.parse(readFileSync(inPackage(...parts), 'utf8'))
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
  if (!existsSync(inPackage('node_modules', '.package-lock.json'))) return false
  const installed = readJson('node_modules', '.package-lock.json').packages
  const { '': _project, ...locked } = readJson('package-lock.json').packages
  return Object.keys({ ...locked, ...installed }).every((name) => {
    if (installed[name] === undefined)
      return locked[name].optional === true || locked[name].devOptional === true
    return locked[name] !== undefined && installed[name].version === locked[name].version
  })
}

function run(what, command, args, work) {
  // Standard output belongs to the command that is being prepared.
  const { status, error } = spawnSync(command, args, {
    cwd: packageFolder,
    env: { ...process.env, ASSAY_WORK: work },
    stdio: ['ignore', 2, 2],
  })
  if (status === 0) return
  throw new Error(
    `${what} failed${error === undefined ? '; the reason is above' : `: ${error.message}`}. Set it right and run again.`,
  )
}

function installPackages(work) {
  if (packagesAreCurrent()) return
  if (work !== packageFolder)
    throw new Error(
      `The packages that ${packageFolder} needs are not installed, or not those that are locked, and with ASSAY_WORK nothing is written there. Run npm ci there, and run again.`,
    )
  process.stderr.write('installing the locked packages (npm ci, about half a minute)\n')
  run('npm ci', 'npm', ['ci', '--no-fund', '--no-audit'], work)
}

const products = ['manifest.json', 'node/scripts/assay.js']

/**
 * The newest time of a folder's sources; of folders too, because a removed file shows only there. In the folders `targets` lie
 * target files, which are no sources, and a run writes one.
 */
function newest(folder, targets) {
  const isTargets = targets.includes(folder)
  const times = [isTargets ? 0 : statSync(folder).mtimeMs]
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name)
    // What a link leads to is a source too; one that leads nowhere, as editors leave them, is none.
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats?.isDirectory()) times.push(newest(file, targets))
    else if (stats?.isFile() && !isTargets) times.push(stats.mtimeMs)
  }
  return Math.max(...times)
}

function bundlesAreCurrent(work) {
  if (!isBuiltFromHere(work)) return false
  if (!products.every((file) => existsSync(path.join(work, 'dist', file)))) return false
  const built = statSync(path.join(work, 'dist', 'manifest.json')).mtimeMs
  const files = ['esbuild.config.mjs', 'package-lock.json'].map((file) => statSync(inPackage(file)).mtimeMs)
  const folders = [
    ...sourceFolders.map((name) => inPackage(name)),
    ...sharedFolders.map((name) => path.join(work, name)),
  ].filter((folder) => existsSync(folder))
  const targets = [packageFolder, work].map((root) => path.join(root, 'targets'))
  return Math.max(...files, ...folders.map((one) => newest(one, targets))) < built
}

function build(work) {
  const started = new Date()
  run('the build', process.execPath, ['esbuild.config.mjs'], work)
  // A source saved while the build ran is newer than the bundles, so their time is that of the build's start.
  utimesSync(path.join(work, 'dist', 'manifest.json'), started, started)
}

async function prepare(only) {
  checkNode()
  const work = findWorkFolder()
  const waiting = () => process.stderr.write('waiting for another run that prepares this folder\n')
  const makeReady = async () => {
    installPackages(work)
    if (only !== 'packages' && (only === 'build' || !bundlesAreCurrent(work))) build(work)
  }
  await withLock(path.join(work, '.assay', 'prepare.lock'), makeReady, { limitMs: lockLimitMs, waiting })
}

// Packages and bundles are programs that this user runs: nobody else may write them, whatever the shell says.
process.umask(process.umask() | 0o022)
await prepare(process.argv[2]).catch((error) => {
  process.stderr.write(`assay: ${error.message}\n`)
  process.exitCode = wrongUse
})
