// What a planted defect may do to the service. Each file in defects/ exports one as its default; `make registries` lists it. An
// honest service has none.
import type { BatchAnswer, Stats, Verification } from '../../systems/truthsync/api.ts'
import type { PlantedDefect } from '../testbed.ts'

/** What a defect may know of the service when a request comes. */
export interface Moment {
  /** Requests that came in the current second, this one among them, and the most that came in any second so far. */
  thisSecond: number
  busiestSecond: number
  /** Seconds since the service began. */
  age: number
  random: () => number
}

export interface Defect extends PlantedDefect {
  /** Milliseconds that a request waits before it is handled. */
  delayMs?(moment: Moment): number
  /** Requests are handled one after the other, each of them for so many ms. */
  lockMs?: number
  /** What becomes of a request: an internal error, no answer at all, or a closed connection, of which nothing is counted. */
  ends?(moment: Moment): 'error' | 'silence' | 'closed' | null
  /** Whether it is refused, as if the queue were full. */
  refuses?(moment: Moment): boolean
  /** Whether a text is called unprocessable though it is none. */
  rejects?(text: string): boolean
  /** What is answered to a text. */
  onAnswer?(answer: Verification): Verification
  /** What is answered to a batch. */
  onBatch?(answers: BatchAnswer): BatchAnswer
  /** A text that is in the cache is verified all the same. */
  verifiesHits?: boolean
  /** Bytes that are kept for ever of each text. */
  keepsBytes?: number
  /** The size of the cache that is used. */
  cacheSize?(configured: number): number
  /** Most entries that are left in the cache after so many evictions. */
  mostEntries?(evictions: number, size: number): number
  /** What the figures show instead. */
  onStats?(stats: Stats): Stats
  /** /metrics stays as it was when it was asked for first. */
  freezesMetrics?: boolean
  /** The share of a core that a thread of the service takes for nothing. */
  spinShare?: number
}
