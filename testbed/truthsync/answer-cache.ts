// The cache of findings: so many texts at most, those go first that were used least recently, and none is older than its time.
import { LRUCache } from 'lru-cache'
import type { Finding } from './text-verifier.ts'

export interface CacheOptions {
  /** Most findings that it holds. */
  size: number
  /** For how long a finding may be given again, from when it was made. */
  ttlSeconds: number
  /** The clock in ms, for tests. */
  now?: () => number
}

export class AnswerCache {
  evictions = 0
  readonly #kept: LRUCache<string, Finding>

  readonly size: number

  constructor({ size, ttlSeconds, now }: CacheOptions) {
    this.size = size
    this.#kept = new LRUCache<string, Finding>({
      max: size,
      ttl: ttlSeconds * 1000,
      // Reads do not make a finding younger.
      updateAgeOnGet: false,
      dispose: (_finding, _text, reason) => {
        if (reason === 'evict') this.evictions++
      },
      ...(now === undefined ? {} : { perf: { now }, ttlResolution: 0 }),
    })
  }

  get entries(): number {
    return this.#kept.size
  }

  /** Lets those go that were used least recently, until so many are left. */
  trimTo(most: number): void {
    while (this.#kept.size > most) this.#kept.pop()
  }

  get(text: string): Finding | undefined {
    return this.#kept.get(text)
  }

  set(text: string, finding: Finding): void {
    this.#kept.set(text, finding)
  }
}
