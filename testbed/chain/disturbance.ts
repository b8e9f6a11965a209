// The bad days of a real network, each for a limited time or a limited number of messages.
import { createHash } from 'node:crypto'

export interface DisturbanceState {
  /** Seconds for which every answer is 503. */
  unavailable: number
  /** Seconds for which no block is made. */
  stalled: number
  /** The API answers from the state so many blocks ago, for so many seconds. */
  behind: { blocks: number; seconds: number }
  /** How many of the next accepted messages are dropped without being run. */
  drop: number
}

export interface DisturbanceOptions {
  /** One message in so many is dropped; 0 is none. */
  dropOneIn: number
  seed: number
  /** Milliseconds on a clock that never goes back. */
  now: () => number
}

export class Disturbance {
  #unavailableUntil = 0
  #stalledUntil = 0
  #behind = { blocks: 0, until: 0 }
  #drop = 0
  #accepted = 0

  constructor(private readonly options: DisturbanceOptions) {}

  /** Replaces what is given and leaves the rest; zeros end it. */
  set({ unavailable, stalled, behind, drop }: Partial<DisturbanceState>): void {
    const until = (seconds: number) => this.options.now() + seconds * 1000
    if (unavailable !== undefined) this.#unavailableUntil = until(unavailable)
    if (stalled !== undefined) this.#stalledUntil = until(stalled)
    if (behind !== undefined) this.#behind = { blocks: behind.blocks, until: until(behind.seconds) }
    if (drop !== undefined) this.#drop = drop
  }

  get(): DisturbanceState {
    const { blocks, until } = this.#behind
    const seconds = this.#secondsTo(until)
    return {
      unavailable: this.#secondsTo(this.#unavailableUntil),
      stalled: this.#secondsTo(this.#stalledUntil),
      behind: { blocks: seconds > 0 ? blocks : 0, seconds },
      drop: this.#drop,
    }
  }

  #secondsTo(until: number): number {
    return Math.max(0, (until - this.options.now()) / 1000)
  }

  get isUnavailable(): boolean {
    return this.#secondsTo(this.#unavailableUntil) > 0
  }

  get isStalled(): boolean {
    return this.#secondsTo(this.#stalledUntil) > 0
  }

  get blocksBehind(): number {
    return this.#secondsTo(this.#behind.until) > 0 ? this.#behind.blocks : 0
  }

  /** Whether the message that is accepted now will be dropped. By number, so that sending it again can succeed. */
  dropsNext(): boolean {
    const { dropOneIn, seed } = this.options
    this.#accepted += 1
    if (this.#drop > 0) {
      this.#drop -= 1
      return true
    }
    const random = createHash('sha256').update(`${seed} ${this.#accepted}`).digest().readUInt32BE(0)
    return dropOneIn > 0 && random % dropOneIn === 0
  }
}
