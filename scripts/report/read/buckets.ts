// A run's samples on one time axis of bounded length, however long the run was.

/** How the samples of one bucket become one point. A ratio is the sum of its numerators over the sum of its denominators. */
export type Fold = 'mean' | 'max' | 'ratio'

/** A page stays small and a chart readable up to about this many points. */
const mostPoints = 600
/** A metric with an unbounded tag must not make an unbounded page. */
const mostLines = 400

interface Line {
  fold: Fold
  value: Float64Array
  weight: Float64Array
}

/** The axis: `count` buckets of `stepMs` from `startMs` (Unix ms). */
export class Buckets {
  readonly startMs: number
  readonly stepMs: number
  readonly count: number
  /** Names that had no room. */
  readonly left = new Set<string>()
  readonly #lines = new Map<string, Line>()

  constructor(startMs: number, endMs: number) {
    this.startMs = startMs
    const spanMs = Math.max(0, endMs - startMs)
    this.stepMs = Math.max(1, Math.ceil(spanMs / 1000 / mostPoints)) * 1000
    this.count = Math.ceil(spanMs / this.stepMs)
  }

  /** Seconds after the start at which each bucket begins. */
  get seconds(): number[] {
    return Array.from({ length: this.count }, (_, index) => (index * this.stepMs) / 1000)
  }

  /** Adds one sample taken at Unix ms `t`. Samples before or after the run are left out. */
  add(name: string, t: number, value: number, fold: Fold, weight = 1): void {
    const index = Math.floor((t - this.startMs) / this.stepMs)
    if (index < 0 || index >= this.count || !Number.isFinite(value) || !Number.isFinite(weight)) return
    let line = this.#lines.get(name)
    if (line === undefined) {
      if (this.#lines.size >= mostLines) {
        if (this.left.size < mostLines) this.left.add(name)
        return
      }
      line = { fold, value: new Float64Array(this.count), weight: new Float64Array(this.count) }
      this.#lines.set(name, line)
    }
    const before = line.value[index] ?? 0
    const seen = line.weight[index] ?? 0
    line.value[index] = fold === 'max' ? (seen === 0 ? value : Math.max(before, value)) : before + value
    line.weight[index] = seen + weight
  }

  names(): string[] {
    return [...this.#lines.keys()]
  }

  /** One value per bucket, null where nothing was sampled; undefined when the name was never seen. */
  values(name: string): (number | null)[] | undefined {
    const line = this.#lines.get(name)
    if (line === undefined) return undefined
    return Array.from(line.value, (value, index) => {
      const weight = line.weight[index] ?? 0
      return weight === 0 ? null : line.fold === 'max' ? value : value / weight
    })
  }
}
