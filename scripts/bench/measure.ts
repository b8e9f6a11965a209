// Laps of k6 under a load that is measured: how many requests a CPU-second makes, and how much memory it takes.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { execa } from 'execa'
import { defaultSystem } from '../../systems/default.ts'
import { startFastServer, send } from '../../testbed/service/fast-server.ts'
import type { Answerer } from '../../testbed/service/fast-server.ts'
import { inPackage, inWork } from '../project.ts'

/** A load, and the scripts that are compared under it. */
export interface Load {
  /** Scripts by the name of the contestant; each calls /begin right before its load. */
  scripts: Record<string, string>
  /** Each run gets a server of its own. */
  answerer: () => Answerer
  requestsPerArrival: number
  environment: Record<string, string>
}

/** How much is measured. */
export interface BenchSize {
  rounds: number
  /** Of each round, after its warm-up: a whole number, for each of them says something of its own. */
  seconds: number
  /** Arrivals a second, of all contestants together. */
  perSecond: number
  /** Virtual users of each executor. */
  users: number
}

/** Connections are made, first iterations are run, and the server's code is compiled before anything is counted. */
const warmUpSeconds = 0.8
/** Contestants do not all begin at once; the load goes on until the last one is measured, and is then cut off. */
const spareSeconds = 10

/**
 * None is made. A collection takes a tenth of a CPU-second, as much as 300 requests, and falls into some rounds of one
 * contestant and not into those of another, while it is a fiftieth of what a run as a whole takes. What garbage costs to make is
 * measured all the same.
 */
const garbagePercent = 'off'

/** The default system's own load; null where it brings none. */
export async function mixedLoad(): Promise<Load | null> {
  const file = inWork('dist/node/testbed', defaultSystem, 'bench/answers.js')
  if (!existsSync(file)) return null
  const { answerer, requestsPerArrival, environment } = (await import(pathToFileURL(file).href)) as Pick<
    Load,
    'answerer' | 'requestsPerArrival' | 'environment'
  >
  const script = (name: string): string => inPackage('testbed', defaultSystem, 'bench', `${name}.js`)
  const scripts = { bare: script('bare'), lean: script('lean'), actors: script('actors') }
  return { scripts, answerer, requestsPerArrival, environment }
}

const order = Buffer.from(JSON.stringify({ order: 'bench-sender_steady-12345' }))

/** One small POST, whose answer one criterion judges. */
export const stepLoad: Load = {
  scripts: {
    lean: inPackage('scripts/bench/step-lean.js'),
    actors: inWork('dist/bench/step-actors.js'),
  },
  answerer: () => (_, response) => send(response, 201, order),
  requestsPerArrival: 1,
  environment: {},
}

/** What a k6 process has done so far. */
interface Mark {
  requests: number
  /** User and system time. */
  cpuSeconds: number
  /** The most memory that it held at any time. */
  peakBytes: number
}

/** Ticks per second in /proc/<pid>/stat: the same on every Linux. */
const ticksPerSecond = 100

function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold blanks; what follows it starts with the third field.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

function peakBytesOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

/** Runs k6 with a script under a load, and returns what it wrote. `begun` is called right before its load. */
export async function runUnder(
  load: Load,
  script: string,
  k6: string,
  { seconds, perSecond, users }: Omit<BenchSize, 'rounds'>,
  more: {
    arguments?: string[]
    environment?: Record<string, string>
    begun?: (pid: number, count: () => number) => void
    /** Ends it whenever enough was seen. */
    cancelSignal?: AbortSignal
  } = {},
): Promise<string> {
  let pid = 0
  const server = await startFastServer(load.answerer(), () => more.begun?.(pid, server.count))
  try {
    const rest = more.arguments ?? []
    const child = execa(k6, ['run', '--quiet', '--no-color', '--address', '', ...rest, script], {
      reject: false,
      all: true,
      timeout: (seconds + 60) * 1000,
      killSignal: 'SIGKILL',
      ...(more.cancelSignal === undefined ? {} : { cancelSignal: more.cancelSignal }),
      env: {
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        BASE_URL: server.baseUrl,
        CEILING: '1000000',
        RECORD: '1',
        BENCH_SECONDS: String(seconds),
        BENCH_RATE: String(perSecond),
        BENCH_USERS: String(users),
        ...load.environment,
        ...more.environment,
      },
    })
    pid = child.pid ?? 0
    const { all, exitCode, isCanceled } = await child
    // A threshold that is crossed (99) is no matter here.
    if (!isCanceled && exitCode !== 0 && exitCode !== 99)
      throw new Error(`k6 with ${script} exited ${exitCode} before its load was over:\n${all}`)
    return all
  } finally {
    server.close()
  }
}

/**
 * Runs all scripts of a load side by side, and looks at them once a second when all are warm. Each makes its part of the load.
 * How much a processor gets done in a second changes by half within seconds, with its clock and with what others do on it and
 * beside it. Runs in turns meet one mood each, and runs side by side all the same one.
 */
async function marksOf(
  load: Load,
  k6: string,
  size: BenchSize,
  gogc: string,
): Promise<Record<string, Mark[]>> {
  const scripts = Object.entries(load.scripts)
  const whole = {
    ...size,
    perSecond: size.perSecond / scripts.length,
    seconds: warmUpSeconds + size.seconds + spareSeconds,
  }
  const enough = new AbortController()
  const looks: Record<string, () => Mark> = {}
  let endWaiting = (): void => {}
  const allBegun = new Promise<void>((resolve) => (endWaiting = resolve))
  const runs = scripts.map(async ([name, script]) => {
    const begun = (pid: number, count: () => number): void => {
      looks[name] = () => ({ requests: count(), cpuSeconds: cpuSecondsOf(pid), peakBytes: peakBytesOf(pid) })
      if (Object.keys(looks).length === scripts.length) endWaiting()
    }
    const more = { begun, environment: { GOGC: gogc }, cancelSignal: enough.signal }
    const output = await runUnder(load, script, k6, whole, more)
    if (!enough.signal.aborted)
      throw new Error(`k6 with ${script} ended before its load was over:\n${output}`)
  })
  const look = async (): Promise<Record<string, Mark[]>> => {
    await allBegun
    const marks: Record<string, Mark[]> = {}
    for (let second = 0; second <= size.seconds; second++) {
      await delay(1000 * (second === 0 ? warmUpSeconds : 1), null, { signal: enough.signal })
      for (const [name, mark] of Object.entries(looks)) (marks[name] ??= []).push(mark())
    }
    return marks
  }
  try {
    const ended = Promise.all(runs).then(() => ({}))
    return await Promise.race([look(), ended])
  } finally {
    enough.abort()
    await Promise.allSettled(runs)
  }
}

/** The least share of the planned requests that a run must have made to be compared. */
const leastShare = 0.8

/**
 * Requests per CPU-second of each contestant, for each second that was measured. Those of the same second belong together.
 * @throws Error when a run ends early, or makes so few requests that it would be measured under another load.
 */
export async function measure(load: Load, k6: string, size: BenchSize): Promise<Record<string, number[]>> {
  const names = Object.keys(load.scripts)
  const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  const planned = (size.seconds * size.perSecond * load.requestsPerArrival) / names.length
  for (let round = 0; round < size.rounds; round++) {
    for (const [name, marks] of Object.entries(await marksOf(load, k6, size, garbagePercent))) {
      const requests = marks.at(-1)!.requests - marks[0]!.requests
      const seconds = marks.slice(1).map((mark, index) => rateBetween(marks[index]!, mark))
      if (requests < leastShare * planned || !seconds.every((rate) => rate > 0 && rate < Infinity))
        throw new Error(
          `${load.scripts[name]} made ${requests} of ${planned} requests, or none in one of its seconds: the machine is too busy; try again`,
        )
      rates[name]!.push(...seconds)
    }
  }
  return rates
}

const rateBetween = (begin: Mark, end: Mark): number =>
  (end.requests - begin.requests) / (end.cpuSeconds - begin.cpuSeconds)

/** Memory is the slope between few and many users, which leaves out what k6 itself takes. */
const [fewUsers, manyUsers] = [20, 200]
const executors = 3
const mebibyte = 2 ** 20

/** Memory of one more virtual user at work under the mixed load, in MiB. */
export async function memoryPerUser(load: Load, script: string, k6: string): Promise<number> {
  const size = { rounds: 1, seconds: 2, perSecond: 20 }
  // Go's own default: what garbage adds would hide the users.
  const peakBytes = async (users: number): Promise<number> => {
    const { alone } = await marksOf({ ...load, scripts: { alone: script } }, k6, { ...size, users }, '100')
    return alone!.at(-1)!.peakBytes
  }
  const [few, many] = [await peakBytes(fewUsers), await peakBytes(manyUsers)]
  return (many - few) / (executors * (manyUsers - fewUsers)) / mebibyte
}

/** Ratios of one contestant over another, second by second. */
export const ratiosOf = (rates: Record<string, number[]>, one: string, other: string): number[] =>
  rates[one]!.map((rate, round) => rate / rates[other]![round]!)

/** Least, median and greatest of an odd number of values. */
export function spread(values: number[]): [least: number, median: number, most: number] {
  const sorted = values.toSorted((one, other) => one - other)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!]
}
