// The processors that a run may use: how busy they were, what of that was the run's own work, and the rest.
import { readFileSync } from 'node:fs'
import { throttledSecondsOf } from '../faults/control-groups.ts'
import { hasProc, processorSeconds, statFields, ticksPerSecond, treeOf } from './processes.ts'
import type { MachineSample } from './service.ts'

/** Totals since boot, in seconds added up over the processors that this process may run on. */
interface Totals {
  cores: number
  /** Working for any process or for the kernel. */
  busy: number
  /** Wanted here and given to another machine on the same host. */
  stolen: number
  /** Of every kind, idle time included. */
  all: number
}

/**
 * The columns of a processor's line in /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal. Later ones repeat
 * user time. Interrupts are left out, because the time for a run's own traffic is in no process on some systems.
 */
const busyColumns = [0, 1, 2]
const stolenColumn = 7

/** @returns null when the text names none of the processors. */
export function totalsIn(stat: string, allowed: ReadonlySet<number>): Totals | null {
  const totals: Totals = { cores: 0, busy: 0, stolen: 0, all: 0 }
  for (const [, processor, columns] of stat.matchAll(/^cpu(\d+) (.*)$/gm)) {
    if (!allowed.has(Number(processor))) continue
    totals.cores++
    columns!
      .split(' ')
      .slice(0, stolenColumn + 1)
      .forEach((text, column) => {
        const seconds = Number(text) / ticksPerSecond
        totals.all += seconds
        if (column === stolenColumn) totals.stolen += seconds
        else if (busyColumns.includes(column)) totals.busy += seconds
      })
  }
  return totals.cores === 0 ? null : totals
}

/** "0-3,8" as a set of numbers. */
export function numbersIn(list: string): Set<number> {
  const numbers = new Set<number>()
  for (const part of list.trim().split(',').filter(Boolean)) {
    const [first = NaN, last = first] = part.split('-').map(Number)
    for (let number = first; number <= last; number++) numbers.add(number)
  }
  return numbers
}

/**
 * The processors' time as a share of the clock's, below and above which the figures cannot be this machine's. A host that
 * withholds its processors makes the kernel lose some of its count.
 */
const plausibleShares = [0.5, 1.1] as const

interface Reading {
  /** Seconds of the clock. */
  at: number
  totals: Totals
  /** Processor seconds of each of the run's own processes, by pid, with those of the children that it collected. */
  own: Map<number, number>
  throttled: number
}

/** Reads the machine once a second; `roots` are the processes that, with all below them, are the run's own. */
export class Machine {
  readonly #roots: readonly number[]
  readonly #allowed: ReadonlySet<number>
  #last: Reading | null = null

  constructor(roots: readonly number[]) {
    this.#roots = roots
    const [, list = ''] = hasProc
      ? (/^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [])
      : []
    this.#allowed = numbersIn(list)
  }

  /** What happened since the last reading; null for the first, and where the system does not say. */
  sample(children: Map<number, number[]>): MachineSample | null {
    const reading = this.#read(children)
    const before = this.#last
    this.#last = reading
    if (before === null || reading === null) return null
    const seconds = reading.at - before.at
    const since = (of: (reading: Reading) => number): number =>
      Math.max(0, of(reading) - of(before)) / seconds
    const { cores } = reading.totals
    const all = since(({ totals }) => totals.all)
    return {
      t: Date.now(),
      cores,
      busy: rounded(since(({ totals }) => totals.busy)),
      stolen: rounded(since(({ totals }) => totals.stolen)),
      own: rounded(ownSeconds(before.own, reading.own) / seconds),
      throttled: rounded(since(({ throttled }) => throttled)),
      plausible: all >= plausibleShares[0] * cores && all <= plausibleShares[1] * cores,
    }
  }

  #read(children: Map<number, number[]>): Reading | null {
    const totals = totalsIn(readStat(), this.#allowed)
    if (totals === null) return null
    const own = new Map<number, number>()
    for (const pid of this.#roots.flatMap((root) => treeOf(root, children))) {
      const fields = statFields(pid)
      if (fields !== null) own.set(pid, processorSeconds(fields))
    }
    return { at: performance.now() / 1000, totals, own, throttled: throttledSecondsOf(process.pid) }
  }
}

/** '' where the system has no such file, or does not let us read it. */
function readStat(): string {
  try {
    return readFileSync('/proc/stat', 'utf8')
  } catch {
    return ''
  }
}

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0)

/**
 * Processor seconds between two readings. A process that ended is in its parent's total, unless that parent is none of ours:
 * then the sum falls, and only what still lives is compared.
 */
export function ownSeconds(before: ReadonlyMap<number, number>, now: ReadonlyMap<number, number>): number {
  const grown = sumOf(now.values()) - sumOf(before.values())
  if (grown >= 0) return grown
  return sumOf([...now].map(([pid, seconds]) => Math.max(0, seconds - (before.get(pid) ?? seconds))))
}

/** To the four digits that a sample's figures have. */
export const rounded = (value: number): number => Math.round(value * 1e4) / 1e4
