// The series of several k6 processes as one: shards of the same seconds add up, epochs follow each other.
import type { Buckets } from './buckets.ts'
import { entry } from '../../evidence/map-entry.ts'

/** How samples of one process within a bucket become one, and how those of several processes then do. */
export interface Folding {
  within: 'mean' | 'max'
  across: 'add' | 'worst'
}

interface Cell {
  value: number
  samples: number
}
/** By bucket. */
type Seconds = Map<number, Set<number>>

interface Line {
  folding: Folding
  /** What the processes that ended made of each bucket: a sum weighed by seconds, or the worst. */
  total: Map<number, number>
  /** By process, then by bucket. */
  own: Map<string, Map<number, Cell>>
}

/**
 * Takes samples that come about once a second. In a bucket of many seconds an epoch that ends and the one that follows
 * it each count for the seconds that they had; shards, which had the same seconds, add up.
 */
export class ProcessSum {
  readonly #lines = new Map<string, Line>()
  /** Seconds of each bucket in which a process was sampled, and in which any was. */
  readonly #ownSeconds = new Map<string, Seconds>()
  readonly #seconds: Seconds = new Map()

  /** @param into gives the axis, and gets the series in the end */
  constructor(private readonly into: Buckets) {}

  /** One sample at Unix ms `t`. Samples before or after the run are left out. */
  add(process: string, name: string, t: number, value: number, folding: Folding): void {
    const { startMs, stepMs, count } = this.into
    const index = Math.floor((t - startMs) / stepMs)
    if (index < 0 || index >= count || !Number.isFinite(value)) return
    const line = entry(this.#lines, name, (): Line => ({ folding, total: new Map(), own: new Map() }))
    const cells = entry(line.own, process, () => new Map<number, Cell>())
    const cell = entry(cells, index, () => ({ value: folding.within === 'max' ? -Infinity : 0, samples: 0 }))
    cell.value = folding.within === 'max' ? Math.max(cell.value, value) : cell.value + value
    cell.samples++
    const second = Math.floor((t - startMs) / 1000)
    const ownSeconds = entry(this.#ownSeconds, process, (): Seconds => new Map())
    for (const seconds of [ownSeconds, this.#seconds])
      entry(seconds, index, () => new Set<number>()).add(second)
  }

  /** Folds what was added so far, so that of many processes only one is held at a time. */
  endProcess(): void {
    for (const line of this.#lines.values()) {
      for (const [process, cells] of line.own)
        for (const [index, cell] of cells)
          fold(line, index, cell, this.#ownSeconds.get(process)?.get(index)?.size ?? 1)
      line.own.clear()
    }
    this.#ownSeconds.clear()
  }

  /** Puts the series into the buckets. */
  finish(): void {
    this.endProcess()
    const { startMs, stepMs } = this.into
    for (const [name, { folding, total }] of this.#lines) {
      for (const [index, value] of total) {
        const covered = folding.across === 'add' ? (this.#seconds.get(index)?.size ?? 1) : 1
        this.into.add(name, startMs + index * stepMs, value / covered, 'mean')
      }
    }
  }
}

/** @param mostSeconds those that the process had in this bucket: a sample that came a little early is no second more */
function fold({ folding, total }: Line, index: number, cell: Cell, mostSeconds: number): void {
  const value = folding.within === 'max' ? cell.value : cell.value / cell.samples
  const before = total.get(index)
  if (folding.across === 'worst') total.set(index, Math.max(before ?? -Infinity, value))
  else total.set(index, (before ?? 0) + value * Math.min(cell.samples, mostSeconds))
}
