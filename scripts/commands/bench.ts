// What our own code costs: requests per CPU-second of k6, for plain k6 and for the baseline's actors, in turns.
import { readFileSync } from 'node:fs'
import { execa } from 'execa'
import { startFastServer } from '../bench/fast-server.ts'
import { findK6 } from '../build/binaries.ts'
import { inPackage } from '../project.ts'
import { WrongUse } from '../wrong-use.ts'

/** The scripts of scripts/bench/ that are compared. */
const contestants = ['bare', 'actors'] as const
type Contestant = (typeof contestants)[number]

/** How much is measured. */
export interface BenchSize {
  pairs: number
  /** Of the load of each run. */
  seconds: number
  /** Submissions a second; each leads to five requests in all. */
  perSecond: number
  /** Virtual users of each of the three executors. */
  users: number
}
const usualSize: BenchSize = { pairs: 5, seconds: 6, perSecond: 250, users: 20 }

/** Memory is the slope between few and many of them, which leaves out what k6 itself takes. */
const [fewUsers, manyUsers] = [20, 200]
const executors = 3
const mebibyte = 2 ** 20

/** One run under the load. */
interface Lap {
  requests: number
  /** User and system time of the k6 process from the begin to the end of its load, without start and summary. */
  cpuSeconds: number
  /** The most memory that it held at any time. */
  peakBytes: number
}

export interface BenchResult {
  /** Requests per CPU-second of each run. */
  rates: Record<Contestant, number[]>
  /** That of the actors over that of plain k6, pair by pair. */
  ratios: number[]
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

async function lap(k6: string, contestant: Contestant, size: BenchSize): Promise<Lap> {
  const marks: Record<string, Lap> = {}
  let pid = 0
  const server = await startFastServer((name) => {
    marks[name] = { requests: server.count(), cpuSeconds: cpuSecondsOf(pid), peakBytes: peakBytesOf(pid) }
  })
  try {
    const script = inPackage('scripts', 'bench', `${contestant}.js`)
    const child = execa(k6, ['run', '--quiet', '--no-color', '--address', '', script], {
      reject: false,
      all: true,
      timeout: (size.seconds + 60) * 1000,
      env: {
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        BASE_URL: server.baseUrl,
        POOL_ENROL_TOKEN: 'enrol-token-of-the-benchmark',
        POOL_CLIENT_TOKEN: 'client-token-of-the-benchmark',
        CEILING: '1000000',
        RECORD: '1',
        BENCH_SECONDS: String(size.seconds),
        BENCH_RATE: String(size.perSecond),
        BENCH_USERS: String(size.users),
      },
    })
    pid = child.pid ?? 0
    const { all, exitCode } = await child
    const { begin, end } = marks
    if (begin === undefined || end === undefined)
      throw new Error(
        `k6 with scripts/bench/${contestant}.js exited ${exitCode} before its load was over:\n${all}`,
      )
    return {
      requests: end.requests - begin.requests,
      cpuSeconds: end.cpuSeconds - begin.cpuSeconds,
      peakBytes: end.peakBytes,
    }
  } finally {
    server.close()
  }
}

/** The least share of the planned requests that a run must have made to be compared. */
const leastShare = 0.8
const requestsPerSubmission = 5

/**
 * Runs both in turns, so that whatever else the machine does falls on both alike.
 * @throws Error when a run ends early, or makes so few requests that it would be measured under another load.
 */
export async function measure(k6: string, size: BenchSize): Promise<BenchResult> {
  const rates: BenchResult['rates'] = { bare: [], actors: [] }
  for (let pair = 0; pair < size.pairs; pair++) {
    for (const contestant of contestants) {
      const { requests, cpuSeconds } = await lap(k6, contestant, size)
      const planned = size.seconds * size.perSecond * requestsPerSubmission
      if (requests < leastShare * planned)
        throw new Error(
          `scripts/bench/${contestant}.js made ${requests} of ${planned} requests: the machine is too busy; try again`,
        )
      rates[contestant].push(requests / cpuSeconds)
    }
  }
  return { rates, ratios: rates.actors.map((rate, pair) => rate / rates.bare[pair]!) }
}

/** Memory of one more virtual user at work, in MiB. */
async function memoryPerUser(k6: string, contestant: Contestant): Promise<number> {
  const size = { ...usualSize, seconds: 3, perSecond: 20 }
  const few = await lap(k6, contestant, { ...size, users: fewUsers })
  const many = await lap(k6, contestant, { ...size, users: manyUsers })
  return (many.peakBytes - few.peakBytes) / (executors * (manyUsers - fewUsers)) / mebibyte
}

/** Least, median and greatest of an odd number of values. */
export function spread(values: number[]): [least: number, median: number, most: number] {
  const sorted = values.toSorted((one, other) => one - other)
  return [sorted[0]!, sorted[sorted.length >> 1]!, sorted.at(-1)!]
}

/** Prints the table; 0. */
export async function bench(): Promise<number> {
  if (process.platform !== 'linux') throw new WrongUse('bench reads /proc, which only Linux has')
  const k6 = (await findK6({})).path
  const { pairs, seconds, perSecond } = usualSize
  console.log(
    `${pairs} pairs of ${seconds} s, ${perSecond * requestsPerSubmission} requests a second (about a minute and a half)`,
  )
  const { rates, ratios } = await measure(k6, usualSize)
  const table = ['', 'least', 'median', 'most', 'MiB per user']
  const rows = [table]
  for (const contestant of contestants) {
    const memory = await memoryPerUser(k6, contestant)
    const figures = spread(rates[contestant]).map((rate) => rate.toFixed(0))
    rows.push([`${contestant}: requests per CPU-second`, ...figures, memory.toFixed(2)])
  }
  const [least, median, most] = spread(ratios).map((ratio) => ratio.toFixed(2))
  rows.push(['actors over bare, pair by pair', least!, median!, most!, ''])
  for (const [name, ...cells] of rows)
    console.log(`${name!.padEnd(34)}${cells.map((cell) => cell.padStart(14)).join('')}`)
  return 0
}
