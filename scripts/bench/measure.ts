// Laps of k6 under a load that is measured: how many requests a CPU-second makes, and how much memory it takes.
import { existsSync, readFileSync } from 'node:fs'
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
  /** Of each run, after its warm-up. */
  seconds: number
  /** Arrivals a second. */
  perSecond: number
  /** Virtual users of each executor. */
  users: number
}

/** Connections are made, first iterations are run, and the server's code is compiled before anything is counted. */
const warmUpSeconds = 0.8
/** The load goes on a little longer than it is measured. */
const restSeconds = 0.2

/** As runs set it. */
const garbagePercent = '800'

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

/** One run under a load. */
interface Lap {
  requests: number
  /** User and system time of the k6 process, without its start, warm-up, end and summary. */
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
    const { all, exitCode } = await child
    // A threshold that is crossed (99) is no matter here.
    if (exitCode !== 0 && exitCode !== 99)
      throw new Error(`k6 with ${script} exited ${exitCode} before its load was over:\n${all}`)
    return all
  } finally {
    server.close()
  }
}

/** Runs a script under a load, and measures it once it is warm. */
async function lap(load: Load, script: string, k6: string, size: BenchSize, gogc: string): Promise<Lap> {
  const { seconds } = size
  const timers: NodeJS.Timeout[] = []
  const marks: Lap[] = []
  const begun = (pid: number, count: () => number): void => {
    const mark = (): void =>
      void marks.push({ requests: count(), cpuSeconds: cpuSecondsOf(pid), peakBytes: peakBytesOf(pid) })
    timers.push(setTimeout(mark, warmUpSeconds * 1000), setTimeout(mark, (warmUpSeconds + seconds) * 1000))
  }
  const whole = { ...size, seconds: warmUpSeconds + seconds + restSeconds }
  const output = await runUnder(load, script, k6, whole, { begun, environment: { GOGC: gogc } })
  for (const timer of timers) clearTimeout(timer)
  const [begin, end] = marks
  if (begin === undefined || end === undefined)
    throw new Error(`k6 with ${script} ended before its load was over:\n${output}`)
  return {
    requests: end.requests - begin.requests,
    cpuSeconds: end.cpuSeconds - begin.cpuSeconds,
    peakBytes: end.peakBytes,
  }
}

/** The least share of the planned requests that a run must have made to be compared. */
const leastShare = 0.8

/**
 * Requests per CPU-second of each contestant, round by round. All run in turns, so that whatever else the machine does
 * falls on all alike; every other round goes the other way, so that none is always first.
 * @throws Error when a run ends early, or makes so few requests that it would be measured under another load.
 */
export async function measure(load: Load, k6: string, size: BenchSize): Promise<Record<string, number[]>> {
  const names = Object.keys(load.scripts)
  const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < size.rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const script = load.scripts[name]!
      const { requests, cpuSeconds } = await lap(load, script, k6, size, garbagePercent)
      const planned = size.seconds * size.perSecond * load.requestsPerArrival
      if (requests < leastShare * planned)
        throw new Error(
          `${script} made ${requests} of ${planned} requests: the machine is too busy; try again`,
        )
      rates[name]!.push(requests / cpuSeconds)
    }
  }
  return rates
}

/** Memory is the slope between few and many users, which leaves out what k6 itself takes. */
const [fewUsers, manyUsers] = [20, 200]
const executors = 3
const mebibyte = 2 ** 20

/** Memory of one more virtual user at work under the mixed load, in MiB. */
export async function memoryPerUser(load: Load, script: string, k6: string): Promise<number> {
  const size = { rounds: 1, seconds: 2, perSecond: 20 }
  // Go's own default: what garbage adds would hide the users.
  const few = await lap(load, script, k6, { ...size, users: fewUsers }, '100')
  const many = await lap(load, script, k6, { ...size, users: manyUsers }, '100')
  return (many.peakBytes - few.peakBytes) / (executors * (manyUsers - fewUsers)) / mebibyte
}

/** Ratios of one contestant over another, round by round. */
export const ratiosOf = (rates: Record<string, number[]>, one: string, other: string): number[] =>
  rates[one]!.map((rate, round) => rate / rates[other]![round]!)

/** Least, median and greatest of an odd number of values. */
export function spread(values: number[]): [least: number, median: number, most: number] {
  const sorted = values.toSorted((one, other) => one - other)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!]
}
