// The claims that a seed makes, and what is said of a file that cannot be used.
import { describe, expect, test } from 'vitest'
import { createHash } from 'node:crypto'
import { makeClaims as make } from '../../../../systems/truthsync/data/make-claims.ts'
import { classesOf } from '../../../../systems/truthsync/data/access-classes.ts'
import { data } from '../../../../systems/truthsync/data/files.ts'
import { expectedHitRate } from '../../../../systems/truthsync/data/expected-hit-rate.ts'
import { patterns, readClaims, type Pattern } from '../../../../systems/truthsync/data/read-claims.ts'
import { findingOf } from '../../../../testbed/truthsync/text-verifier.ts'

const md5 = (text: string): string => createHash('md5').update(text).digest('hex')
const makeClaims = (of: Omit<Parameters<typeof make>[0], 'md5'>) => make({ ...of, md5 })

const made = makeClaims({ count: 1000, seed: 42, pattern: '80-20' })
const { claims } = made

describe('claims', () => {
  test('are all different, and the same for the same seed alone', () => {
    expect(new Set(claims.map(({ text }) => text)).size).toBe(1000)
    expect(makeClaims({ count: 1000, seed: 42, pattern: '80-20' })).toEqual(made)
    const other = makeClaims({ count: 1000, seed: 43, pattern: '80-20' }).claims
    expect(other.filter(({ text }, id) => text === claims[id]!.text).length).toBeLessThan(50)
  })

  test('are found by their ids, as long as they say, and of 1 to 2,000 characters', () => {
    expect(claims.map(({ id }) => id)).toEqual(claims.map((_, index) => index))
    for (const { text, length, hash } of claims) {
      expect([...text].length).toBe(length)
      expect(hash).toMatch(/^[0-9a-f]{32}$/)
    }
    const lengths = claims.map(({ length }) => length)
    expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([1, 2000])
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
    expect(mean).toBeGreaterThan(80)
    expect(mean).toBeLessThan(130)
  })

  test('are what they are said to be, by the rule of the contract', () => {
    for (const { text, expected_verifiable: isFactual } of claims)
      expect([text, findingOf(text).claims.length > 0]).toEqual([text, isFactual])
    const factual = claims.filter(({ type }) => type === 'factual').length
    expect(factual).toBeGreaterThan(640)
    expect(factual).toBeLessThan(740)
  })

  test('have texts beyond ASCII among them, some of them with characters of two places', () => {
    const beyond = claims.filter(({ text }) => /[^\u0000-\u007f]/.test(text)).length
    expect(beyond).toBeGreaterThan(100)
    expect(claims.some(({ text, length }) => text.length > length)).toBe(true)
  })
})

/** Hits of a cache that is used by this pattern, drawn anew and independently, once it is full. */
function simulated(pattern: readonly number[], cacheSize: number, ttlAccesses = Infinity): number {
  let state = 7
  const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const cache = new Map<number, number>()
  let [hits, n] = [0, 0]
  const all = 300_000
  for (let time = 0; time < all; time++) {
    const id = pattern[Math.floor(random() * pattern.length)]!
    const since = cache.get(id)
    const isHit = since !== undefined && time - since < ttlAccesses
    cache.delete(id)
    cache.set(id, isHit ? since : time)
    if (cache.size > cacheSize) cache.delete(cache.keys().next().value!)
    if (time < all / 3) continue
    n++
    if (isHit) hits++
  }
  return hits / n
}

describe.each(patterns)('the pattern %s', (pattern: Pattern) => {
  const { access_pattern: accesses, stats } = makeClaims({ count: 10_000, seed: 42, pattern })
  const weights = classesOf(accesses)

  test('is of ids that there are, as often as the source has it', () => {
    expect(accesses).toHaveLength(100_000)
    expect(accesses.every((id) => Number.isInteger(id) && id >= 0 && id < 10_000)).toBe(true)
    const counts = new Map<number, number>()
    for (const id of accesses) counts.set(id, (counts.get(id) ?? 0) + 1)
    const often = [...counts.values()].toSorted((a, b) => b - a)
    const hot = often.slice(0, 2000).reduce((sum, n) => sum + n, 0) / 100_000
    expect(hot).toBeGreaterThan(0.78)
    expect(hot).toBeLessThan(0.86)
  })

  test.each([1000, 2000, 4000, 8000])('has the hit rate of theory for %i entries', (cacheSize) => {
    expect(Math.abs(expectedHitRate({ weights, cacheSize }) - simulated(accesses, cacheSize))).toBeLessThan(
      0.01,
    )
  })

  test.each([20_000, 100_000])('and where an answer stays for %i accesses', (ttlAccesses) => {
    const cacheSize = 4000
    const expected = expectedHitRate({ weights, cacheSize, ttlAccesses })
    expect(Math.abs(expected - simulated(accesses, cacheSize, ttlAccesses))).toBeLessThan(0.02)
  })

  test('says what theory has of the usual cache', () =>
    expect(stats.expected_cache_hit_rate).toBe(expectedHitRate({ weights, cacheSize: stats.cache_size })))
})

test("the command writes the source's three files, and a run reads the one of 10,000", () => {
  const folder = 'data/truthsync/42'
  expect(data.files({}).map(({ path }) => path)).toEqual(
    ['1k', '10k', '100k'].map((size) => `${folder}/synthetic_claims_${size}.json`),
  )
  expect(data.ofRun({}).map(({ path }) => path)).toEqual([`${folder}/synthetic_claims_10k.json`])
  const [file] = data.files({ SIZE: '1k', SEED: '42' })
  const text = file!.make!({ md5 })
  expect(() => file!.check(text)).not.toThrow()
  expect([file!.isStale(text), file!.isStale(text.slice(1)), file!.isStale('{}')]).toEqual([
    false,
    true,
    true,
  ])
  expect(data.ofRun({ CLAIMS: 'own.json' })).toMatchObject([{ path: 'own.json', make: null }])
})

describe('a file of claims', () => {
  const text = JSON.stringify(made)
  const changed = (change: (file: typeof made) => void): string => {
    const copy = structuredClone(made)
    change(copy)
    return JSON.stringify(copy)
  }
  test('is read as it was made', () =>
    expect(readClaims(text, { file: 'f', size: '1k' }).claims).toEqual(claims))

  test.each<[string, string, string]>([
    ['is cut off', text.slice(0, -100), 'it is cut off, or no JSON'],
    [
      'is of another size',
      changed(({ claims: own }) => own.pop()),
      'it has 999 claims, and 1000 are expected of SIZE=1k',
    ],
    ['has no claims', '{}', 'it has no list "claims"'],
    ['is no object', '7', 'an object was expected'],
    [
      'has a text that is none',
      changed(({ claims: own }) => (own[3]!.text = 7 as never)),
      'claim 3: its text is no string',
    ],
    [
      'has an empty text',
      changed(({ claims: own }) => (own[3]!.text = '')),
      'claim 3: its text has 0 characters',
    ],
    [
      'has a text that is too long',
      changed(({ claims: own }) => (own[3]!.text = '🌉'.repeat(2001))),
      'claim 3: its text has 2001 characters',
    ],
    [
      'has a text twice',
      changed(({ claims: own }) => (own[3]!.text = own[2]!.text)),
      'claim 3: its text is that of another claim',
    ],
    [
      'does not say what is true',
      changed(({ claims: own }) => delete (own[3] as { expected_verifiable?: boolean }).expected_verifiable),
      'claim 3: its expected_verifiable is neither true nor false',
    ],
    [
      'has no pattern',
      changed((own) => delete (own as { access_pattern?: number[] }).access_pattern),
      'it has no list "access_pattern"',
    ],
    [
      'asks for a claim that is not there',
      changed(({ access_pattern: own }) => (own[5] = 1000)),
      'access 5 of its pattern is to the claim 1000, which is not there',
    ],
  ])('that %s is refused', (_, wrong, why) => {
    const read = () => readClaims(wrong, { file: 'claims.json', size: '1k' })
    expect(read).toThrow(`claims.json is no file of claims: ${why}`)
    expect(read).toThrow('./assay data SYSTEM=truthsync')
  })
})
