// The adapter of the original server, against a stub that behaves as the facts have it: what is understood, and what is judged.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Exchange } from '../../../../lib/drive/actor.ts'
import { misfitIn } from '../../../../lib/drive/fields.ts'
import { parseTarget } from '../../../../lib/input/target.ts'
import { preflightResult, supportOf } from '../../../../lib/plan/support.ts'
import { names } from '../../../../systems/truthsync/names.ts'
import { system } from '../../../../systems/truthsync/system.ts'
import { adapter } from '../../../../targets/truthsync-original/adapter.ts'
import targetFile from '../../../../targets/truthsync-original/target.json' with { type: 'json' }
import { isCalledHit, Original, startOriginal } from '../stub/original.ts'
import { worldOf, type Answers } from './fake-world.ts'

const service = adapter()
let server: Awaited<ReturnType<typeof startOriginal>>
beforeAll(async () => void (server = await startOriginal()))
afterAll(() => server.close())

/** As k6 reads an answer: what is no JSON is a text, and nothing follows a redirect. */
async function sent<T>({ method, path, body, expect: statuses, read }: Exchange<T>) {
  const response = await fetch(server.baseUrl + path, {
    method,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const { status } = response
  const json = (response.headers.get('content-type') ?? '').includes('json')
    ? (JSON.parse(text) as unknown)
    : text
  return { status, json, value: statuses.includes(status) ? read(json, status) : null }
}

const textWhere = (isHit: boolean): string =>
  Array.from({ length: 100 }, (_, n) => `The bridge ${n} is long.`).find(
    (text) => isCalledHit(text) === isHit,
  )!
const [hit, miss] = [textWhere(true), textWhere(false)]
const constant = { first: 'Simulated claim', claims: 1, confidence: 0.92 }

describe('what the original answers is understood:', () => {
  test.each([
    [hit, true],
    [miss, false],
    ['', isCalledHit('')],
  ])('the same to each text, with a hit by the text alone: "%s"', async (text, isHit) => {
    for (let attempt = 0; attempt < 2; attempt++)
      expect((await sent(service.verify(text))).value).toEqual({ ...constant, isHit })
  })

  test.each([[7], [null], [undefined]])('422 to a text that is %o', async (text) => {
    const { status, json, value } = await sent(service.verify(text))
    expect([status, value]).toEqual([422, null])
    expect(json).toMatchObject({ detail: [{ loc: ['body', 'text'] }] })
  })

  test('an answer to each text of a batch, in order; none to a batch of none', async () => {
    const { value } = await sent(service.batch([hit, miss]))
    expect(value).toEqual([
      { ...constant, isHit: true },
      { ...constant, isHit: false },
    ])
    expect((await sent(service.batch([]))).value).toEqual([])
  })

  test('422 to a whole batch with one bad item', async () => {
    const { status, json, value } = await sent(service.batch([hit, 7, miss]))
    expect([status, value]).toEqual([422, null])
    expect(json).toMatchObject({ detail: [{ loc: ['body', 1, 'text'] }] })
  })

  test('a batch whose texts wait for a tick each, one after the other', async () => {
    const before = server.ticks()
    await sent(service.batch(Array<string>(5).fill(hit)))
    expect(server.ticks() - before).toBeGreaterThanOrEqual(5)
  })

  test('a batch of any size is sent', () => expect(service.batchMost).toBe(Infinity))

  test('health, whatever the state of its queue', async () =>
    expect((await sent(service.health())).value).toBe(true))

  test('/stats and /metrics, which count texts, and whose hit rate never moves', async () => {
    const seen = async () => [(await sent(service.stats!())).value!, (await sent(service.metrics!())).value!]
    const before = await seen()
    await sent(service.batch([hit, hit, hit]))
    await sent(service.verify(hit))
    await sent(service.batch([hit, 7]))
    for (const [index, { claims, ...others }] of (await seen()).entries()) {
      expect(claims! - before[index]!.claims!).toBe(4)
      expect(others).toEqual({ hitRate: 0 })
    }
  })

  test('/metrics itself only redirects', async () => {
    const { status, json } = await sent({ ...service.metrics!(), path: '/metrics' })
    expect([status, json]).toEqual([307, ''])
  })
})

describe('what it never answers is a misfit:', () => {
  const misfitOf = (read: () => unknown): string | null => {
    try {
      return String(read())
    } catch (error) {
      return misfitIn(error)
    }
  }
  test.each<[unknown, string]>([
    [{ cache_hit_rate: 0, batch_queue_size: 0 }, 'total_requests is missing (a number is expected)'],
    [
      { total_requests: '1', cache_hit_rate: 0, batch_queue_size: 0 },
      'total_requests is a string (a number is expected)',
    ],
    [{ total_requests: 1, batch_queue_size: 0 }, 'cache_hit_rate is missing (a number is expected)'],
    ['', 'the answer is empty (an object is expected)'],
  ])('/stats: %o', (json, why) => expect(misfitOf(() => service.stats!().read(json, 200))).toBe(why))
  test.each<[unknown, string]>([
    ['truthsync_batch_size 1.0\n', 'truthsync_requests_total is missing (a counter is expected)'],
    [{}, '/metrics is an object (a text is expected)'],
    ['<html>', '/metrics is a string (a line "name{labels} number" is expected)'],
  ])('/metrics: %o', (text, why) => expect(misfitOf(() => service.metrics!().read(text, 200))).toBe(why))
})

describe('before the load', () => {
  beforeEach(() => void vi.resetModules())

  /** What the first requests find, and what becomes of the criteria. */
  async function found({ alone = true, own = adapter() } = {}) {
    vi.doMock('../../../../systems/truthsync/service.ts', async (original) => ({
      ...(await original<object>()),
      serviceOf: () => own,
    }))
    const { preflight, leftovers } = await import('../../../../systems/truthsync/late/preflight.ts')
    const original = new Original()
    const answers: Answers = (_, { method, path, body }) => {
      const { status, headers, body: text } = original.ask(method, path, JSON.stringify(body))
      const isJson = headers['content-type'] === 'application/json'
      return { status, json: isJson ? (JSON.parse(text) as unknown) : text }
    }
    const { world, told } = worldOf(answers)
    world.data.target.alone = alone
    const claimed = Object.fromEntries(
      Object.entries(system.criteria).filter(([id]) => id !== 'spike.recovery'),
    )
    const result = preflightResult({ claimed, required: [] }, names, preflight(world))
    const support = supportOf({ claimed, notClaimed: [] }, result)
    const why = Object.fromEntries(support.notClaimed.map(({ id, why: reason }) => [id, reason]))
    return { result, why, claimed: support.claimed, told, left: () => leftovers(world) }
  }

  const unpromised = 'the adapter of this target does not promise it'

  test('it is said what nobody can judge, and why', async () => {
    const { why, result } = await found()
    expect(result.problems).toEqual([])
    expect(result.stopped).toBeUndefined()
    const ownWord = 'it counts no hits, and what it calls a hit in an answer is its own word alone'
    expect(why).toEqual({
      'baseline.cache-hit': ownWord,
      'endurance.cache-hit': ownWord,
      'baseline.speedup': 'its metrics do not tell how long the work on hits and on misses takes',
      'spike.no-drops': 'its answers do not tell which claims are in a text',
      'spike.queue':
        'its stats do not tell the number of texts that it accepted, and of texts that wait, and of texts that may wait',
      'metrics.truth': 'its stats do not tell the number of requests',
      'config.effective': 'its stats do not tell the number of hits, and of answers that its cache holds',
      'api.batch': 'its answers do not tell to which of the texts each belongs',
      'contract.ground-truth': unpromised,
    })
  })

  test('what it promises and breaks is found: hits that are none, and a hit rate that does not move', async () => {
    const { result, claimed } = await found()
    const { 'cache-word': check } = result.checks!
    expect(check).toMatchObject({ is: 'violated' })
    const { how } = check as { how: string }
    expect(how).toMatch(/nobody had sent before was called a hit|a moment ago was called a miss/)
    // One that calls this run's text a hit says so twice, and shows what its hit rate does.
    expect(how.includes('called a hit')).toBe(how.includes('the hit rate that it tells is 0'))
    expect(claimed['contract.cache-word']).toBeDefined()
  })

  test("its figures are the same both ways, and the queue that it does not tell is nobody's", async () => {
    const { told, left, result } = await found()
    expect(result.missing).not.toContain('same-figures')
    expect(left()).toEqual(['the service does not say how many texts wait to be verified'])
    expect(told.observed['same-figures']).toEqual([null])
    expect(Object.keys(told.points).sort()).toEqual(['metrics-claims', 'stats-claims'])
  })

  test('of one that others use as well no figure is held against anything', async () => {
    const { result } = await found({ alone: false })
    expect(result.reasons).toMatchObject({
      'stats-claims': expect.stringContaining('"alone": true') as string,
      'same-figures': expect.stringContaining('"alone": true') as string,
    })
  })

  test('without its two ways of telling figures nothing rests on them', async () => {
    const { verify, batch, health, ...rest } = adapter()
    const { stats: _, metrics: __, ...others } = rest
    const { result } = await found({ own: { verify, batch, health, ...others } })
    expect(result.reasons).toMatchObject({
      'stats-hits': 'its adapter offers no stats',
      'metrics-errors': 'its adapter offers no metrics',
      'batch-size': 'its adapter offers no stats',
      'same-figures': 'its adapter offers no stats',
      speedup: 'its adapter offers no metrics',
    })
  })
})

test('its target file names the adapter, and says that nobody else uses the server', () => {
  expect(parseTarget(JSON.stringify(targetFile), 'target.json', {})).toMatchObject({
    name: 'truthsync-original',
    system: 'truthsync',
    adapter: 'truthsync-original',
    alone: true,
  })
})
