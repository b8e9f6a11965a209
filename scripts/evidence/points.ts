// Values observed over time, kept in bounded memory however long the run is.

export interface Point {
  /** Unix ms. */
  t: number
  value: number
}

/** Most points of one name. When they are reached, every two become one, and so do those that follow. */
const pointsMost = 20_000

/** One name's values in the order in which they came. Of a stretch that became one point, the highest value stays. */
export class Points {
  private kept: Point[] = []
  private stretch = 1
  private open: Point | null = null
  private opened = 0
  /** The newest value, whatever was thinned. */
  last: Point | null = null

  add(point: Point): void {
    this.last = point
    this.open = higher(this.open, point)
    this.opened++
    if (this.opened < this.stretch) return
    this.kept.push(this.open)
    this.open = null
    this.opened = 0
    if (this.kept.length < pointsMost) return
    this.kept = this.kept.flatMap((first, index) =>
      index % 2 === 0 ? [higher(first, this.kept[index + 1] ?? first)] : [],
    )
    this.stretch *= 2
  }

  /** In time order: several processes tell of the same thing, and each is read a stretch at a time. */
  all(): Point[] {
    return [...this.kept, ...(this.open === null ? [] : [this.open])].sort((a, b) => a.t - b.t)
  }
}

const higher = (first: Point | null, second: Point): Point =>
  first === null || second.value > first.value ? second : first
