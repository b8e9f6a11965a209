// What the checks before the load find in a service that keeps the contract, and in one that does not.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { firstRequests } from '../../../../lib/drive/first-requests.ts'
import type { Names } from '../../../../systems/truthsync/names.ts'
import { adapter } from '../../../../systems/truthsync/adapter.ts'
import type { Service } from '../../../../systems/truthsync/service.ts'
import { figures, honest, verified, worldOf, type Answers } from './fake-world.ts'

beforeEach(() => void vi.resetModules())

/** What each check found. */
async function found(answers: Answers, other: Partial<Service> = {}) {
  const { Checks } = await import('../../../../systems/truthsync/late/checks.ts')
  const { world } = worldOf(answers)
  const requests = firstRequests<Names>(world, {})
  new Checks(world, { ...adapter(), ...other }, requests).make()
  return requests.found().checks!
}

/** A service with a cache: what was sent before is a hit. */
function caching(change: (answer: unknown, step: string) => unknown = (answer) => answer): Answers {
  const known = new Set<unknown>()
  return (step, exchange) => {
    const { path, body } = exchange
    if (path !== '/verify') return { json: change(honest()(step, exchange).json, step) }
    const { text } = body as { text: string }
    const isHit = known.has(text)
    known.add(text)
    return { json: change(verified(text, isHit), step) }
  }
}

const kept = { is: 'kept' }

describe('a service', () => {
  test('that keeps the contract passes all checks', async () => {
    expect(await found(caching())).toEqual({
      'ground-truth': kept,
      'cache-word': kept,
      'batch-as-singles': kept,
    })
  })

  test('that answers the same to everything does not tell facts from opinions', async () => {
    const checks = await found(
      caching(() => ({ ...verified('x is y.', false), claims: ['Simulated claim'] })),
    )
    expect(checks['ground-truth']).toMatchObject({ is: 'violated' })
  })

  test('that calls a new text a hit, or an old one a miss, does not say what its cache does', async () => {
    const always = (isHit: boolean) =>
      caching((answer) => (Array.isArray(answer) ? answer : { ...(answer as object), cache_hit: isHit }))
    expect((await found(always(true)))['cache-word']).toMatchObject({
      is: 'violated',
      how: expect.stringContaining('nobody had sent before') as string,
    })
    expect((await found(always(false)))['cache-word']).toMatchObject({ is: 'violated' })
  })

  test('whose hit rate stays 0 after a hit says so with what it calls one', async () => {
    const telling = (rate: number): Answers => {
      const others = caching()
      return (step, exchange) =>
        step === 'figures' ? { json: { ...figures, cache_hit_rate: rate } } : others(step, exchange)
    }
    expect((await found(telling(0)))['cache-word']).toEqual({
      is: 'violated',
      how: 'the hit rate that it tells is 0 after an answer that it called a hit',
    })
    expect((await found(telling(0.5)))['cache-word']).toEqual(kept)
  })

  test('whose answers do not tell their text apart is not said to keep the order of a batch', async () => {
    const constant = caching(() => ({ ...verified('x is y.', false), claims: ['Simulated claim'] }))
    expect((await found(constant, { tellsClaims: false }))['batch-as-singles']).toEqual({
      is: 'not made',
      why: 'its answers do not tell to which of the texts each belongs',
    })
  })

  test.each<[string, (items: unknown[]) => unknown[], string]>([
    [
      'swaps two answers',
      ([a, b, ...others]) => [b, a, ...others],
      'item 0 of a batch: other claims than alone',
    ],
    [
      'is less sure of a text in a batch',
      (items) =>
        items.map((item) => ('claims' in (item as object) ? { ...(item as object), confidence: 0.1 } : item)),
      'another confidence than alone',
    ],
    [
      'verifies what is no text',
      (items) => items.map((item) => ('error' in (item as object) ? verified('x', false) : item)),
      'item 3 of a batch is no text, and was verified',
    ],
    [
      'names another item as bad',
      (items) =>
        items.map((item) => ('error' in (item as object) ? { ...(item as object), index: 0 } : item)),
      'item 3 is called 0',
    ],
  ])('that %s is found out', async (_, change, how) => {
    const checks = await found(
      caching((answer, step) => (step === 'whole-batch' ? change(answer as unknown[]) : answer)),
    )
    expect(checks['batch-as-singles']).toMatchObject({
      is: 'violated',
      how: expect.stringContaining(how) as string,
    })
  })

  test('that lets one bad item spoil a batch violates it; one that never promised otherwise does not', async () => {
    const spoils: Answers = (step, exchange) =>
      step === 'whole-batch' &&
      (exchange.body as { text: unknown }[]).some(({ text }) => typeof text !== 'string')
        ? { status: 422, json: {} }
        : caching()(step, exchange)
    expect((await found(spoils))['batch-as-singles']).toMatchObject({ is: 'violated' })
    expect((await found(spoils, { sparesOthers: false }))['batch-as-singles']).toEqual({
      is: 'not made',
      why: 'the adapter of this target does not promise it',
    })
  })

  test('that does not answer is not checked, and says why', async () => {
    const checks = await found(() => ({ status: 500, json: {} }))
    expect(Object.values(checks).map(({ is }) => is)).toEqual(['not made', 'not made', 'not made'])
  })
})
