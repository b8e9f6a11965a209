// Texts of all requests wait in one queue, which is worked off as soon as the requests of this turn of the event loop are read: at
// most so many texts in one go, with reading and answering between two goes. Nothing waits for a clock.
import type { Verification } from '../../systems/truthsync/api.ts'
import type { AnswerCache } from './answer-cache.ts'
import type { Defect } from './defect.ts'
import { findingOf } from './text-verifier.ts'

export interface QueueOptions {
  cache: AnswerCache
  /** Most texts in one go. */
  batchSize: number
  /** Most texts that may wait. */
  limit: number
  defects: readonly Defect[]
  /** Told of each text: whether its answer was in the cache, and the seconds of work on it. */
  onText: (isHit: boolean, seconds: number) => void
}

/** What one request asks for. */
interface Job {
  texts: readonly string[]
  answers: Verification[]
  done: (answers: Verification[]) => void
}

export class VerificationQueue {
  hits = 0
  misses = 0
  largestBatch = 0
  /** Texts that were accepted. */
  accepted = 0
  readonly #jobs: Job[] = []
  readonly #kept: Buffer[] = []
  #isDue = false

  constructor(readonly options: QueueOptions) {}

  /** Texts that wait to be verified. */
  get waiting(): number {
    return this.accepted - this.hits - this.misses
  }

  /** Whether so many texts more would be too many. */
  isFull(texts: number): boolean {
    return this.waiting + texts > this.options.limit
  }

  /** The answers in the order of the texts, as soon as all are there. */
  verify(texts: readonly string[]): Promise<Verification[]> {
    return new Promise((done) => {
      this.accepted += texts.length
      this.#jobs.push({ texts, answers: [], done })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#work()
      if (this.#jobs.length > 0) this.#schedule()
    })
  }

  #work(): void {
    let left = this.options.batchSize
    while (left > 0) {
      const job = this.#jobs[0]
      if (job === undefined) break
      const { texts, answers } = job
      for (; left > 0 && answers.length < texts.length; left--)
        answers.push(this.#one(texts[answers.length]!))
      if (answers.length < texts.length) break
      this.#jobs.shift()
      job.done(answers)
    }
    this.largestBatch = Math.max(this.largestBatch, this.options.batchSize - left)
  }

  #one(text: string): Verification {
    const { cache, defects, onText } = this.options
    const begun = performance.now()
    const known = cache.get(text)
    const isHit = known !== undefined
    const finding = known ?? findingOf(text)
    if (isHit) {
      this.hits++
      if (defects.some(({ verifiesHits }) => verifiesHits)) findingOf(text)
    } else {
      this.misses++
      cache.set(text, finding)
      for (const { mostEntries } of defects)
        if (mostEntries !== undefined) cache.trimTo(mostEntries(cache.evictions, cache.size))
    }
    const ms = performance.now() - begun
    onText(isHit, ms / 1000)
    const answer: Verification = {
      claims: finding.claims,
      confidence: finding.confidence,
      cache_hit: isHit,
      processing_time_us: Math.round(ms * 10_000) / 10,
    }
    return defects.length === 0 ? answer : this.#broken(text, answer)
  }

  #broken(text: string, answer: Verification): Verification {
    let broken = answer
    for (const { keepsBytes, onAnswer } of this.options.defects) {
      if (keepsBytes !== undefined) this.#kept.push(Buffer.alloc(keepsBytes, text))
      broken = onAnswer?.(broken) ?? broken
    }
    return broken
  }
}
