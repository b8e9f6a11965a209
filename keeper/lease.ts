// The runner's promise to be alive: everything ends when it is not renewed in time.

const tickMs = 200
/** A tick that comes later than this was held up itself (a machine asleep, no core): only so much of it counts. */
const longestTickMs = 1000

export class Lease {
  readonly #leaseMs: number
  readonly #onEnd: () => void
  #leftMs: number
  #lastTick = performance.now()
  #timer: NodeJS.Timeout | null

  /** Counts from now. `onEnd` is called once. */
  constructor(leaseMs: number, onEnd: () => void) {
    this.#leaseMs = leaseMs
    this.#leftMs = leaseMs
    this.#onEnd = onEnd
    this.#timer = setInterval(() => this.#tick(), tickMs)
  }

  /** @returns what is left of it from now, in ms */
  renew(): number {
    this.#leftMs = this.#leaseMs
    return this.#leftMs
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  #tick(): void {
    const now = performance.now()
    this.#leftMs -= Math.min(now - this.#lastTick, longestTickMs)
    this.#lastTick = now
    if (this.#leftMs > 0 || this.#timer === null) return
    this.stop()
    this.#onEnd()
  }
}
