// A resident's own histograms, by name and phase: told once at its end, because k6 counts no distributions by phase.
import type { EventOf } from './events.ts'

/** Each bucket reaches this many times as far as the one before. */
export const growth = 1.02
const perBucket = 1 / Math.log(growth)

export type Buckets = Record<string, number>

/** Counts a time in its bucket. */
export function count(buckets: Buckets, ms: number): void {
  const bucket = ms <= 0 ? 'zero' : String(Math.ceil(Math.log(ms) * perBucket))
  buckets[bucket] = (buckets[bucket] ?? 0) + 1
}

export class Tallies {
  private readonly byName = new Map<string, Map<string, Buckets>>()

  /** @param names What is to be kept; everything else is let go. */
  constructor(names: string[]) {
    for (const name of names) this.byName.set(name, new Map())
  }

  add(name: string, phase: string, ms: number): void {
    const phases = this.byName.get(name)
    if (phases === undefined) return
    let buckets = phases.get(phase)
    if (buckets === undefined) phases.set(phase, (buckets = {}))
    count(buckets, ms)
  }

  /** One event per name and phase. */
  tell(tell: (event: EventOf<'tally'>) => void): void {
    for (const [of, phases] of this.byName)
      for (const [phase, buckets] of phases) tell({ event: 'tally', of, phase, growth, buckets })
  }
}
