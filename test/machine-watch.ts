// What others took of the processors while tests ran: a test cannot be blamed for what it could not have.
import { Machine } from '../keeper/machine.ts'
import { childrenByParent, hasProc } from '../keeper/processes.ts'
import { takenIn } from '../verdict/machine.ts'

const periodMs = 1000
/** Shorter than a disturbance that makes a test fail, longer than the kernel's unevenness. */
const windowLooks = 5

/** The largest mean of so many values in a row, or of all when there are fewer; 0 when it is below. */
export function largestMean(values: number[], length = windowLooks): number {
  const size = Math.min(length, values.length)
  const means = values
    .slice(0, values.length - size + 1)
    .map((_, first) => values.slice(first, first + size).reduce((sum, value) => sum + value, 0) / size)
  return Math.max(0, ...means)
}

/** Looks once a second, because processes that end take what they used with them. Without /proc it sees nothing. */
export class MachineWatch {
  readonly #machine: Machine
  readonly #timer: NodeJS.Timeout | null
  /** Unix ms, and the share of the processors that neither we nor idling had in the second before. */
  readonly #looks: { t: number; share: number }[] = []

  /** `roots`: all below them is ours. */
  constructor(roots: readonly number[]) {
    this.#machine = new Machine(roots)
    if (hasProc) this.#machine.sample(childrenByParent())
    this.#timer = hasProc ? setInterval(() => this.#look(), periodMs) : null
    this.#timer?.unref()
  }

  #look(): void {
    const sample = this.#machine.sample(childrenByParent())
    if (sample === null || !sample.plausible) return
    this.#looks.push({ t: sample.t, share: takenIn(sample) / sample.cores })
  }

  /** The largest mean share of the processors that others had for some seconds between two times (Unix ms). */
  takenShare(from = 0, until = Infinity): number {
    const looks = this.#looks.filter(({ t }) => t >= from && t <= until + periodMs)
    return largestMean(looks.map(({ share }) => share))
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }
}
