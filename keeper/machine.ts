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

/** The columns of a processor's line in /proc/stat: idle and iowait are not work, guest time is part of user time. */
const idleColumns = [3, 4]
const stolenColumn = 7
const lastColumn = 7

/** @returns null when the text names none of the processors. */
export function totalsIn(stat: string, allowed: ReadonlySet<number>): Totals | null {
  const totals: Totals = { cores: 0, busy: 0, stolen: 0, all: 0 }
  for (const [, processor, columns] of stat.matchAll(/^cpu(\d+) (.*)$/gm)) {
    if (!allowed.has(Number(processor))) continue
    totals.cores++
    columns!.split(' ').forEach((text, column) => {
      if (column > lastColumn) return
      const seconds = Number(text) / ticksPerSecond
      totals.all += seconds
      if (column === stolenColumn) totals.stolen += seconds
      else if (!idleColumns.includes(column)) totals.busy += seconds
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

/** By how much the processors' time may differ from the clock's before the figures cannot be this machine's. */
const clockTolerance = 0.1

const noTime: readonly string[] = Array<string>(15).fill('0')

interface Reading {
  at: number
  totals: Totals
  own: number
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

  /** What happened since the last reading; null for the first. */
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
      own: rounded(since(({ own }) => own)),
      throttled: rounded(since(({ throttled }) => throttled)),
      plausible: Math.abs(all - cores) <= clockTolerance * cores,
    }
  }

  #read(children: Map<number, number[]>): Reading | null {
    const totals = totalsIn(readFileSync('/proc/stat', 'utf8'), this.#allowed)
    if (totals === null) return null
    const own = new Set(this.#roots.flatMap((root) => treeOf(root, children)))
    return {
      at: performance.now() / 1000,
      totals,
      // One that is gone counts through its parent, which has its time then.
      own: [...own].reduce((sum, pid) => sum + processorSeconds(statFields(pid) ?? noTime), 0),
      throttled: throttledSecondsOf(process.pid),
    }
  }
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4
