// The queue of the reference service and its cache: who waits, in what order, and what is kept for how long.
import { describe, expect, test } from 'vitest'
import { AnswerCache } from '../../../../testbed/truthsync/answer-cache.ts'
import { VerificationQueue, type QueueOptions } from '../../../../testbed/truthsync/verification-queue.ts'

const finding = { claims: [], confidence: 0.5 }

describe('the cache', () => {
  test('lets those go first that were used least recently', () => {
    const cache = new AnswerCache({ size: 2, ttlSeconds: 300 })
    for (const text of ['a', 'b']) cache.set(text, finding)
    cache.get('a')
    cache.set('c', finding)
    expect(['a', 'b', 'c'].map((text) => cache.get(text) !== undefined)).toEqual([true, false, true])
    expect([cache.entries, cache.evictions]).toEqual([2, 1])
  })

  test('keeps nothing longer than its time, however often it is read, and calls that no eviction', () => {
    let now = 1
    const cache = new AnswerCache({ size: 2, ttlSeconds: 10, now: () => now })
    cache.set('a', finding)
    for (const [at, isKept] of [
      [5_000, true],
      [9_999, true],
      [10_002, false],
    ] as const) {
      now = at
      expect([at, cache.get('a') !== undefined]).toEqual([at, isKept])
    }
    expect(cache.evictions).toBe(0)
  })
})

const queueOf = (options: Partial<QueueOptions> = {}) =>
  new VerificationQueue({
    cache: new AnswerCache({ size: 100, ttlSeconds: 300 }),
    batchSize: 10,
    limit: 20,
    defects: [],
    onText: () => undefined,
    ...options,
  })
const texts = (count: number, name = 'text'): string[] =>
  Array.from({ length: count }, (_, index) => `The ${name} ${index} is long.`)

describe('the queue', () => {
  test('works on texts of all requests together, and on no more in one go than it may', async () => {
    const queue = queueOf()
    const all = ['a', 'b', 'c', 'd'].map((name) => queue.verify(texts(4, name)))
    expect(queue.waiting).toBe(16)
    const answers = await Promise.all(all)
    expect(answers.map((own) => own.map(({ claims }) => claims[0]))).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => texts(4, name).map((text) => text.slice(0, -1))),
    )
    expect([queue.waiting, queue.largestBatch, queue.misses, queue.hits]).toEqual([0, 10, 16, 0])
  })

  test('lets others read and answer between two goes', async () => {
    const queue = queueOf({ batchSize: 1, limit: 1_000 })
    const seen: number[] = []
    const look = (): void => {
      seen.push(queue.waiting)
      if (queue.waiting > 0) setImmediate(look)
    }
    setImmediate(look)
    await Promise.all([queue.verify(texts(5)), queue.verify(texts(5))])
    expect(seen.filter((waiting) => waiting > 0).length).toBeGreaterThan(2)
  })

  test('is full where more texts would wait than may', async () => {
    const queue = queueOf()
    const all = queue.verify(texts(15))
    expect([queue.isFull(5), queue.isFull(6)]).toEqual([false, true])
    await all
    expect(queue.isFull(20)).toBe(false)
  })

  test('says of each text whether it was known, and of a second one in the same request, too', async () => {
    const told: boolean[] = []
    const queue = queueOf({ onText: (isHit) => void told.push(isHit) })
    const [first, second] = await queue.verify(['It is so.', 'It is so.'])
    expect([first!.cache_hit, second!.cache_hit]).toEqual([false, true])
    expect({ ...second, cache_hit: false, processing_time_us: 0 }).toEqual({
      ...first,
      processing_time_us: 0,
    })
    expect(told).toEqual([false, true])
  })
})
