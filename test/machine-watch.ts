// What others took of the processors while tests ran: a test cannot be blamed for what it could not have.
import { Machine } from '../keeper/machine.ts'
import { childrenByParent, hasProc } from '../keeper/processes.ts'

const periodMs = 1000

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

  /** The mean share of the processors that others had between two times (Unix ms). */
  takenShare(from = 0, until = Infinity): number {
    const own = this.#looks.filter(({ t }) => t >= from && t <= until + periodMs)
    return own.reduce((sum, { share }) => sum + share, 0) / Math.max(1, own.length)
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }
}
