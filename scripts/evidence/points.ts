// Values observed over time, kept in bounded memory however long the run is.
import type { Values } from '../../verdict/figures.ts'

export interface Point {
  /** Unix ms. */
  t: number
  value: number
}

/** Most points of one name. When they are reached, every two become one, and so do those that follow. */
const pointsMost = 20_000

/** The first points are kept as they are besides, so that what was told before a load is not made one with what followed. */
const earlyMost = 100

/** One name's values in the order in which they came. Of a stretch that became one point, the highest value stays. */
export class Points {
  private kept: Point[] = []
  private readonly early: Point[] = []
  private stretch = 1
  private open: Point | null = null
  private opened = 0
  /** The newest value, whatever was thinned, and whichever process told it. */
  last: Point | null = null
  /** What became of the value, whatever was thinned; null while nothing was told. */
  values: Values | null = null

  add(point: Point): void {
    if (this.last === null || point.t >= this.last.t) this.last = point
    this.values = valuesWith(this.values, point)
    if (this.early.length < earlyMost) this.early.push(point)
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

  /** The newest value before a time (Unix ms) that is near the beginning of all that was told; null where there is none. */
  lastBefore(time: number): Point | null {
    return this.early
      .filter(({ t }) => t < time)
      .reduce<Point | null>(
        (newest, point) => (newest === null || point.t >= newest.t ? point : newest),
        null,
      )
  }

  /** In time order: several processes tell of the same thing, and each is read a stretch at a time. */
  all(): Point[] {
    return [...this.kept, ...(this.open === null ? [] : [this.open])].sort((a, b) => a.t - b.t)
  }
}

/** Values with one more. */
export function valuesWith(all: Values | null, { t, value }: Point): Values {
  if (all === null) return { firstAt: t, first: value, lastAt: t, last: value, least: value, most: value }
  return {
    ...all,
    ...(t < all.firstAt ? { firstAt: t, first: value } : {}),
    ...(t >= all.lastAt ? { lastAt: t, last: value } : {}),
    least: Math.min(all.least, value),
    most: Math.max(all.most, value),
  }
}

const higher = (first: Point | null, second: Point): Point =>
  first === null || second.value > first.value ? second : first
