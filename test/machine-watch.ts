// What others took of the processors while tests ran: a test cannot be blamed for what it could not have.
import { Machine } from '../keeper/machine.ts'
import { childrenByParent, hasProc } from '../keeper/processes.ts'

const periodMs = 1000
/** Shorter than a disturbance that makes a test fail, longer than the kernel's unevenness. */
const windowLooks = 5

const meanOf = (values: number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)

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
    const { t, cores, busy, stolen, own } = sample
    this.#looks.push({ t, share: Math.max(0, busy + stolen - own) / cores })
  }

  /** The largest mean share of the processors that others had for some seconds between two times (Unix ms). */
  takenShare(from = 0, until = Infinity): number {
    const shares = this.#looks.filter(({ t }) => t >= from && t <= until + periodMs).map(({ share }) => share)
    const length = Math.min(windowLooks, shares.length)
    const means = shares
      .slice(0, shares.length - length + 1)
      .map((_, first) => meanOf(shares.slice(first, first + length)))
    return Math.max(0, ...means)
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }
}
