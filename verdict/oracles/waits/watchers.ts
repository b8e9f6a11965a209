// Workers of whom all long polls are known: whether one that is able to do a task hung in a poll while it waited.
import { firstIndex } from './first-index.ts'
import type { Polled, Present } from './history.ts'

/**
 * A poll that a task waited through for less says nothing: the target may have given the worker another task just then, and
 * the answer was under way.
 */
const leastMs = 150
/** With so many able workers at work nobody has to take the target's word for a pool without a free one. */
const enough = 3

interface Watcher {
  size: number
  from: number
  until: number
  polls: Polled[]
}

/** Between two moments, what the watched workers that are able to do a task of a size did. */
export interface Watched {
  /** For how long at least one of them hung in a poll, less delivery. */
  idleMs: number
  /** Whether so many were there all the time that their being at work shows how it was. */
  areEnough: boolean
}

export class Watchers {
  private readonly polls = new Map<string, Polled[]>()
  private readonly presences: Present[] = []
  private watchers: Watcher[] | null = null

  add(entry: Polled | Present): void {
    if (entry.type === 'present') this.presences.push(entry)
    else {
      const own = this.polls.get(entry.worker)
      if (own === undefined) this.polls.set(entry.worker, [entry])
      else own.push(entry)
    }
  }

  private all(): Watcher[] {
    return (this.watchers ??= this.presences.map(({ worker, size, from, until }) => ({
      size,
      from,
      until,
      polls: (this.polls.get(worker) ?? []).sort((one, other) => one.begunAt - other.begunAt),
    })))
  }

  between(from: number, until: number, size: number, deliveryMs: number): Watched {
    const spans: Span[] = []
    let there = 0
    for (const watcher of this.all()) {
      if (watcher.size < size) continue
      if (watcher.from <= from && until <= watcher.until) there++
      addIdle(spans, watcher.polls, from, until, deliveryMs)
    }
    return { idleMs: covered(spans), areEnough: there >= enough }
  }
}

type Span = [from: number, until: number]

/** Adds the polls between two moments, as far as each lasted long enough to say something, without the time of their answers. */
function addIdle(
  spans: Span[],
  polls: readonly Polled[],
  from: number,
  until: number,
  deliveryMs: number,
): void {
  // A worker's polls follow each other.
  const first = firstIndex(polls.length, (index) => polls[index]!.answeredAt > from)
  for (let index = first; index < polls.length && polls[index]!.begunAt < until; index++) {
    const { begunAt, answeredAt } = polls[index]!
    const span: Span = [Math.max(begunAt, from), Math.min(answeredAt, until) - deliveryMs]
    if (span[1] - span[0] >= leastMs) spans.push(span)
  }
}

/** How much time is in at least one of them. */
function covered(spans: Span[]): number {
  spans.sort(([one], [other]) => one - other)
  let [sum, end] = [0, -Infinity]
  for (const [from, until] of spans) {
    if (until > end) sum += until - Math.max(from, end)
    end = Math.max(end, until)
  }
  return sum
}
