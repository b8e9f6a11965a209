// The reference service by its requests, without a network: what it takes, what it counts, and what planted defects do to it.
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { readFile } from 'node:fs/promises'
import { inPackage } from '../../../../scripts/project.ts'
import { readMetrics } from '../../../../systems/truthsync/metrics.ts'
import type { BatchAnswer, Stats, Verification } from '../../../../systems/truthsync/api.ts'
import { defects } from '../../../../testbed/truthsync/defects/index.ts'
import { defectsNamed } from '../../../../testbed/testbed.ts'
import { openapiText } from '../../../../testbed/truthsync/openapi-text.ts'
import { createVerifier, type VerifierOptions } from '../../../../testbed/truthsync/verifier-app.ts'

const defectNamed = (name: string) => defectsNamed(defects, [name])[0]!

async function serviceOf(name?: string, options: Partial<VerifierOptions> = {}) {
  const app = await createVerifier({
    log: pino({ level: 'silent' }),
    registry: new Registry(),
    batchSize: 1000,
    cacheSize: 4,
    cacheTtlSeconds: 300,
    queueLimit: 100,
    defects: name === undefined ? [] : [defectNamed(name)],
    defectNames: name === undefined ? [] : [name],
    seed: 1,
    ...options,
  })
  const post = async (url: string, payload: unknown) => {
    const { statusCode, headers, body } = await app.inject({
      method: 'POST',
      url,
      payload: payload as object,
    })
    return { status: statusCode, retryAfter: headers['retry-after'], json: JSON.parse(body) as unknown }
  }
  return {
    verify: (text: unknown) => post('/verify', { text }),
    batch: (items: unknown) => post('/verify/batch', items),
    get: (url: string) => app.inject({ method: 'GET', url }),
    stats: async () => (await app.inject({ method: 'GET', url: '/stats' })).json<Stats>(),
    close: () => app.close(),
  }
}
const fact = 'The bridge is long.'

describe('the service', () => {
  test('publishes the committed document', async () => {
    const committed = await readFile(inPackage('systems/truthsync/openapi.json'), 'utf8')
    const how =
      'renew it with: node dist/node/testbed/truthsync/programs/openapi.js > systems/truthsync/openapi.json'
    expect(committed, how).toBe(await openapiText())
  })

  test.each([
    ['an empty text', ''],
    ['one of 2,001 characters', 'x'.repeat(2001)],
    ['no text', 7],
    ['nothing', undefined],
  ])('does not verify %s', async (_, text) => {
    const { verify } = await serviceOf()
    expect(await verify(text)).toMatchObject({ status: 422, json: { error: { code: 'unprocessable' } } })
  })

  test('takes 2,000 characters that need two places each, alone and in a batch', async () => {
    const { verify, batch } = await serviceOf()
    const text = '🌉'.repeat(2000)
    expect((await verify(text)).status).toBe(200)
    expect(await batch([{ text }, { text: `${text}x` }])).toMatchObject({
      status: 200,
      json: [{ cache_hit: true }, { index: 1 }],
    })
  })

  test.each([
    ['none', []],
    ['one too many', Array.from({ length: 1001 }, () => ({ text: fact }))],
    ['no list', { text: fact }],
  ])('takes no batch of items: %s', async (_, items) =>
    expect((await (await serviceOf()).batch(items)).status).toBe(422),
  )

  test('answers each item by itself', async () => {
    const { batch, verify } = await serviceOf()
    const single = (await verify(fact)).json as Verification
    const { status, json } = await batch([
      { text: fact },
      null,
      'x',
      { text: 1 },
      {},
      { text: 'I think so.' },
    ])
    expect(status).toBe(200)
    expect(json).toMatchObject([
      { claims: single.claims, confidence: single.confidence, cache_hit: true },
      ...[1, 2, 3, 4].map((index) => ({ index, error: { code: 'unprocessable' } })),
      { claims: [], cache_hit: false },
    ])
  })

  test('refuses what its queue has no room for, and counts that apart from errors', async () => {
    const { batch, stats } = await serviceOf(undefined, { queueLimit: 5 })
    const items = Array.from({ length: 6 }, () => ({ text: fact }))
    expect(await batch(items)).toMatchObject({
      status: 503,
      retryAfter: '1',
      json: { error: { code: 'busy' } },
    })
    expect(await stats()).toMatchObject({ total_requests: 1, refused: 1, errors: 0, total_claims: 0 })
  })

  test('says the same by /stats and /metrics, and true things', async () => {
    const { verify, batch, stats, get } = await serviceOf()
    for (const text of ['a', 'b', 'c', 'd', 'e', 'e', '']) await verify(text)
    await batch([{ text: 'a' }, { text: 'e' }])
    const figures = await stats()
    expect(figures).toMatchObject({
      total_requests: 8,
      accepted_claims: 8,
      total_claims: 8,
      cache_hits: 2,
      cache_misses: 6,
      cache_hit_rate: 0.25,
      cache_entries: 4,
      cache_evictions: 2,
      largest_batch: 2,
      batch_queue_size: 0,
    })
    expect(readMetrics((await get('/metrics')).body)).toMatchObject({
      requests: 8,
      claims: 8,
      hits: 2,
      misses: 6,
      errors: 0,
      evictions: 2,
      hitRate: 0.25,
    })
  })

  test('is healthy and ready, and names what is planted in it', async () => {
    const { get } = await serviceOf('slow-half')
    expect((await get('/health')).json()).toMatchObject({ status: 'healthy' })
    const ready = { status: 'ready', batch_queue_size: 0, defects: ['slow-half'] }
    for (const path of ['/ready', '/health/ready']) expect((await get(path)).json()).toEqual(ready)
    expect([(await get('/nowhere')).statusCode, (await get('/verify')).statusCode]).toEqual([404, 405])
  })
})

describe('a planted defect', () => {
  const answered = async (name: string, text = fact) =>
    (await (await serviceOf(name)).verify(text)).json as Verification

  test('answers every text the same, or calls all hits', async () => {
    expect(await answered('constant-answer', 'I think so.')).toMatchObject({ claims: ['Simulated claim'] })
    expect((await answered('hits-by-text')).cache_hit).toBe(true)
  })

  test('takes no text beyond ASCII', async () => {
    const { verify } = await serviceOf('rejects-unicode')
    expect((await verify('Die Brücke is lang.')).status).toBe(422)
    expect((await verify(fact)).status).toBe(200)
  })

  test('swaps the first two answers of a batch', async () => {
    const { batch } = await serviceOf('batch-shuffles')
    const { json } = await batch([{ text: fact }, { text: 'I think so.' }, { text: fact }])
    expect((json as BatchAnswer).map((item) => ('claims' in item ? item.claims.length : null))).toEqual([
      0, 1, 1,
    ])
    expect((await batch([{ text: fact }])).json).toHaveLength(1)
  })

  test('counts a tenth of the misses as hits, in both places', async () => {
    const { batch, stats, get } = await serviceOf('hit-rate-lies')
    await batch(Array.from({ length: 20 }, (_, index) => ({ text: `The ${index} is.` })))
    expect(await stats()).toMatchObject({
      cache_hits: 2,
      cache_misses: 18,
      total_claims: 20,
      cache_hit_rate: 0.1,
    })
    expect(readMetrics((await get('/metrics')).body)).toMatchObject({ hits: 2, misses: 18 })
  })

  test('shows the configured size of a cache that has another one', async () => {
    for (const [name, entries] of [
      ['cache-too-small', 1],
      ['ignores-cache-size', 6],
    ] as const) {
      const { batch, stats } = await serviceOf(name)
      await batch(Array.from({ length: 6 }, (_, index) => ({ text: `The ${index} is.` })))
      expect([name, await stats()]).toMatchObject([name, { cache_size: 4, cache_entries: entries }])
    }
  })

  test('leaves ever less of the cache to be used', async () => {
    const { batch, stats } = await serviceOf('cache-never-evicts-right', { cacheSize: 100, queueLimit: 2000 })
    await batch(Array.from({ length: 1000 }, (_, index) => ({ text: `The ${index} is.` })))
    const { cache_entries: entries, cache_size: size } = await stats()
    expect(size).toBe(100)
    expect(entries).toBeLessThan(60)
  })

  test('leaves /metrics as it was', async () => {
    const { verify, get } = await serviceOf('metrics-stuck')
    const first = (await get('/metrics')).body
    await verify(fact)
    expect((await get('/metrics')).body).toBe(first)
  })

  test('fails about one request in two hundred', async () => {
    const { verify, stats } = await serviceOf('one-error-in-200')
    for (let request = 0; request < 1000; request++) await verify(fact)
    const { errors } = await stats()
    expect(errors).toBeGreaterThan(0)
    expect(errors).toBeLessThan(20)
  })

  test('delays by the age of the service, by a clock, or by how busy it has been', () => {
    const moment = { thisSecond: 1, busiestSecond: 10, age: 100, random: () => 0.5 }
    const delay = (name: string, other = {}) => defectNamed(name).delayMs!({ ...moment, ...other })
    expect(delay('slows-with-age') - delay('slows-with-age', { age: 0 })).toBeCloseTo(2)
    expect(delay('batch-tick-10ms', { age: 0.013 })).toBeCloseTo(17)
    expect([delay('backlog-forever'), delay('backlog-forever', { busiestSecond: 151 })]).toEqual([0, 30])
    expect([delay('slow-half'), delay('slow-half', { random: () => 0.7 })]).toEqual([7, 0])
    expect([delay('slow-tenth'), delay('slow-tenth', { random: () => 0.05 })]).toEqual([0, 12])
  })
})
