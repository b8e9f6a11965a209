// The programs in bin/: built from the Go modules below binaries/ of the package, which pin every one of their sources.
import { createHash } from 'node:crypto'
import { readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { withLock } from './lock.mjs'
import { callersPath, packageFolder, workFolder } from '../project.ts'
import { WrongUse } from '../wrong-use.ts'

interface Source {
  /** Folder of the Go module, below the project, and of the main package inside it. */
  module: string
  main: string
  /** How long a first build takes on two cores, for the line that says so. */
  firstTime: string
}

const sources = {
  k6: { module: 'binaries', main: 'k6', firstTime: 'about 2-4 minutes' },
  'k6-v1': { module: 'binaries', main: 'k6-v1', firstTime: 'about 2-4 minutes' },
  'k6-v2': { module: 'binaries/k6-v2', main: '.', firstTime: 'about 2-4 minutes' },
  toxiproxy: { module: 'binaries', main: 'toxiproxy', firstTime: 'about a minute' },
  'grpc-server': { module: 'binaries', main: 'grpc-server', firstTime: 'about a minute' },
  actionlint: { module: 'binaries/actionlint', main: '.', firstTime: 'about half a minute' },
} satisfies Record<string, Source>

export type BinaryName = keyof typeof sources
/** Whether somebody's own program would do in its place. */
const isK6 = (name: BinaryName): boolean => name.startsWith('k6')

export interface BuildOptions {
  /** Holds binaries/, and bin/ where that ships; the package when left out. */
  root?: string
  /** Gets bin/ with what has to be built: `root` where that is given, else the work folder. */
  work?: string
  environment?: Record<string, string | undefined>
  /** Receives a line when something takes long. The default writes it to standard error. */
  say?: (line: string) => void
}

/** Longest time that one build, and the wait for somebody else's, may take. */
const buildLimitMs = 30 * 60_000
const questionLimitMs = 20_000
const shownLines = 12
const sayOnStandardError = (line: string): void => void process.stderr.write(`${line}\n`)
/** A digest of all that a binary is made of. Another machine's binary, in a copied folder, counts as changed. */
async function digestOf(source: Source, root: string): Promise<string> {
  const folder = path.join(root, source.module)
  const programs = (await readdir(path.join(folder, source.main)))
    .filter((file) => file.endsWith('.go'))
    .sort()
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of ['go.mod', 'go.sum', ...programs.map((name) => path.join(source.main, name))]) {
    const content = await readFile(path.join(folder, file))
    hash.update(`${file} ${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}

const stampOf = (binary: string): string => `${binary}.digest`

async function isCurrent(binary: string, digest: string): Promise<boolean> {
  const [stamp, folder] = await Promise.all([
    readFile(stampOf(binary), 'utf8').catch(() => ''),
    readdir(path.dirname(binary)).catch((): string[] => []),
  ])
  return stamp.trim() === digest && folder.includes(path.basename(binary))
}

/**
 * The path of a program in bin/ of the package, or of the work folder, where it is built when it is missing or its sources changed.
 * A build goes to a temporary name and is put in place whole; two runs do not build at once.
 * @throws WrongUse when Go is missing, too old, or cannot build; it says what to do.
 */
export async function ensureBinary(name: BinaryName, options: BuildOptions = {}): Promise<string> {
  const { root = packageFolder, work = options.root ?? workFolder } = options
  const say = options.say ?? sayOnStandardError
  const source: Source = sources[name]
  const digest = await digestOf(source, root)
  const binary = path.join(work, 'bin', name)
  for (const one of [path.join(root, 'bin', name), binary]) if (await isCurrent(one, digest)) return one
  const environment = { ...(options.environment ?? process.env), CGO_ENABLED: '0' }
  await checkGo(name, path.join(root, source.module), environment)
  try {
    await withLock(
      path.join(work, 'bin', `.${name}.lock`),
      async () => {
        // Whoever held the lock before may have built the same.
        if (await isCurrent(binary, digest)) return
        say(`building bin/${name} (${source.firstTime} the first time)`)
        await build(name, source, { root, binary, digest, environment })
      },
      { limitMs: buildLimitMs, waiting: () => say(`waiting for another run that builds bin/${name}`) },
    )
  } catch (error) {
    if (error instanceof WrongUse) throw error
    throw new WrongUse(`bin/${name} could not be put in place: ${(error as Error).message}`)
  }
  return binary
}

interface Work {
  root: string
  binary: string
  digest: string
  environment: Record<string, string | undefined>
}

async function build(name: BinaryName, source: Source, work: Work): Promise<void> {
  const folder = path.dirname(work.binary)
  const drafts = (await readdir(folder)).filter((file) => file.startsWith(`.${name}.building`))
  await Promise.all(drafts.map((file) => rm(path.join(folder, file), { force: true })))
  const draft = path.join(folder, `.${name}.building`)
  const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', draft, `./${source.main}`]
  const result = await execa('go', args, {
    cwd: path.join(work.root, source.module),
    env: work.environment,
    extendEnv: false,
    all: true,
    reject: false,
    timeout: buildLimitMs,
    stdin: 'ignore',
  })
  try {
    if (result.failed) throw new WrongUse(buildFailure(name, result.all, result.timedOut))
    // Without its stamp a binary counts as changed, so a crash between these steps leads to a new build and no more.
    await rm(stampOf(work.binary), { force: true })
    await rename(draft, work.binary)
    await writeFile(stampOf(work.binary), `${work.digest}\n`)
  } finally {
    await rm(draft, { force: true })
  }
}

const reasons: [pattern: RegExp, advice: string][] = [
  [
    /no space left on device|disk quota exceeded/i,
    'The disk is full: free about 3 GB (Go keeps its cache in `go env GOCACHE`) and run again.',
  ],
  [
    /dial tcp|no such host|i\/o timeout|TLS handshake|proxyconnect|connection refused|network is unreachable|module lookup disabled/i,
    'The module proxy could not be reached: check the network or set GOPROXY, and run again.',
  ],
  [
    /checksum mismatch|SECURITY ERROR/i,
    'A download is not what go.sum pins: check GOPROXY, run `go clean -modcache`, and run again.',
  ],
  [/cannot allocate memory|signal: killed/i, 'Memory ran out: close other programs and run again.'],
]

function buildFailure(name: BinaryName, output: string | undefined, timedOut: boolean): string {
  const text = output ?? ''
  const lines = text.trim().split('\n').slice(-shownLines)
  const advice = timedOut
    ? 'It took too long and was ended: run again, what was compiled so far is kept.'
    : (reasons.find(([pattern]) => pattern.test(text))?.[1] ??
      'Run again, or install k6 and name it with K6=.')
  return `bin/${name} could not be built with Go. ${advice}\n${lines.map((line) => `  ${line}`).join('\n')}`
}

/** The Go version that a module asks for, as [major, minor]. */
async function neededGo(module: string): Promise<[number, number]> {
  const [, major, minor] = /^go (\d+)\.(\d+)/m.exec(await readFile(path.join(module, 'go.mod'), 'utf8')) ?? []
  if (major === undefined) throw new Error(`${module}/go.mod has no line "go <major>.<minor>"`)
  return [Number(major), Number(minor)]
}

async function checkGo(name: BinaryName, module: string, environment: Work['environment']): Promise<void> {
  const [major, minor] = await neededGo(module)
  const needed = `Go ${major}.${minor} or newer (https://go.dev/dl)`
  const orElse = isK6(name)
    ? `install either k6 1.0 or newer, or ${needed}, which builds it`
    : `install ${needed}`
  // In the module's folder, where Go may choose to fetch the newer toolchain that go.mod asks for.
  const answer = await execa('go', ['version'], {
    cwd: module,
    env: environment,
    extendEnv: false,
    all: true,
    reject: false,
    timeout: questionLimitMs * 6,
    stdin: 'ignore',
  })
  if (answer.code === 'ENOENT') {
    const what = isK6(name)
      ? 'there is no suitable k6 and no Go to build one'
      : `bin/${name} must be built, and there is no Go`
    throw new WrongUse(`${what} on the PATH: ${orElse}.`)
  }
  const [, hasMajor, hasMinor] = /^go version (?:go|devel go)(\d+)\.(\d+)/m.exec(answer.all) ?? []
  if (hasMajor === undefined || hasMinor === undefined) {
    throw new WrongUse(`\`go version\` did not say a version (it said: ${firstLine(answer.all)}): ${orElse}.`)
  }
  const has = [Number(hasMajor), Number(hasMinor)] as const
  if (has[0] < major || (has[0] === major && has[1] < minor)) {
    throw new WrongUse(`Go on the PATH is ${has[0]}.${has[1]}, too old to build bin/${name}: ${orElse}.`)
  }
}

const firstLine = (text: string | undefined): string =>
  (text ?? '').trim().split('\n')[0]?.slice(0, 200) || 'nothing'

export interface K6 {
  path: string
  /** As it names itself, without the leading v: 1.8.1. */
  version: string
  /** Where it came from: the K6= variable, the PATH, or bin/ of this checkout. */
  source: 'K6' | 'PATH' | 'bin'
  /** Whether xk6-disruptor is linked in. */
  extension: boolean
}

export interface FindOptions extends BuildOptions {
  /** True when the case injects faults into pods, which takes the xk6-disruptor extension. */
  needsExtension?: boolean
  /** The K6= variable; without it, K6 of the environment. */
  k6?: string | undefined
}

type Question = { suitable: true; version: string; extension: boolean } | { suitable: false; why: string }

/** Asks a program what it is. It is suitable as k6 from 1.0 on, and below 3, of which nothing is known. */
async function ask(program: string, environment: Work['environment']): Promise<Question> {
  const answer = await execa(program, ['version'], {
    env: { ...environment, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    extendEnv: false,
    all: true,
    reject: false,
    timeout: questionLimitMs,
    stdin: 'ignore',
  })
  if (answer.code !== undefined && answer.exitCode === undefined)
    return { suitable: false, why: `it cannot be run (${answer.code})` }
  // k6 names itself after its file, so a renamed one is told by the rest: "k6-v2 v2.2.0 (go1.26.8, linux/amd64)".
  const [, version, major] = /^\S+ v((\d+)\.\d+\.\d+\S*) \(.*go\d\S*, \w+\/\w+\)/m.exec(answer.all) ?? []
  if (answer.failed || version === undefined) {
    return {
      suitable: false,
      why: `\`k6 version\` did not say a k6 version (it said: ${firstLine(answer.all)})`,
    }
  }
  if (major !== '1' && major !== '2')
    return { suitable: false, why: `it is k6 ${version}; k6 1 or 2 is needed` }
  return { suitable: true, version, extension: answer.all.includes('k6/x/disruptor') }
}

/** Every program of this name on the PATH, first to last. */
async function onPath(name: string, environment: Work['environment']): Promise<string[]> {
  const folders = (environment['PATH'] ?? '')
    .split(path.delimiter)
    .filter((folder) => path.isAbsolute(folder))
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder).catch((): string[] => [])).includes(name) ? path.join(folder, name) : '',
    ),
  )
  return [...new Set(found)].filter((file) => file !== '')
}

/** What K6= names: a path, or a program on the PATH. */
async function named(k6: string, environment: Work['environment']): Promise<string> {
  if (k6.includes(path.sep)) return callersPath(k6)
  const [first] = await onPath(k6, environment)
  if (first === undefined)
    throw new WrongUse(`K6=${k6}: there is no such program on the PATH; give the path of a k6.`)
  return first
}

/**
 * The k6 to run a case with: what K6= names, else the first suitable one on the PATH, else bin/k6, which is built when
 * it is missing or out of date. Where the case needs the extension, a k6 without it is passed over.
 * @throws WrongUse when K6= is no suitable k6, or when there is none and none can be built.
 */
export async function findK6(options: FindOptions = {}): Promise<K6> {
  const environment = options.environment ?? process.env
  const say = options.say ?? sayOnStandardError
  const k6 = options.k6 ?? environment['K6']
  const can = (answer: Question): answer is Question & { suitable: true } =>
    answer.suitable && (answer.extension || options.needsExtension !== true)

  if (k6 !== undefined && k6 !== '') {
    const program = await named(k6, environment)
    const answer = await ask(program, environment)
    if (!answer.suitable)
      throw new WrongUse(`K6=${program}: ${answer.why}. Give the path of a k6 1.0 or newer, or leave K6 out.`)
    if (can(answer))
      return { path: program, version: answer.version, source: 'K6', extension: answer.extension }
    say(`K6=${k6} has no xk6-disruptor, which this case needs: using bin/k6`)
  } else {
    for (const program of await onPath('k6', environment)) {
      const answer = await ask(program, environment)
      if (can(answer))
        return { path: program, version: answer.version, source: 'PATH', extension: answer.extension }
    }
  }
  const program = await ensureBinary('k6', { ...options, environment, say })
  const answer = await ask(program, environment)
  if (!answer.suitable) throw new WrongUse(`bin/k6: ${answer.why}. Remove it and run again.`)
  return { path: program, version: answer.version, source: 'bin', extension: answer.extension }
}
