// What callers send, and what they see in the answers.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { strange } from '../../../../systems/truthsync/claims.ts'
import { allWeights, batchTexts, caller as load } from '../../../../systems/truthsync/loads.ts'
import { figures, honest, rows, verified, worldOf, type Answers } from './fake-world.ts'

/** Each with a service of its own: a virtual user binds it once. */
async function callers() {
  vi.resetModules()
  return import('../../../../systems/truthsync/caller.ts')
}
let actors: Awaited<ReturnType<typeof callers>>
beforeEach(async () => void (actors = await callers()))

/** One arrival whose first draw is this. */
function arrival(draw: number, answers: Answers, sizeDraw = 0) {
  const { world, told } = worldOf(answers)
  const drawn = world.random
  world.random = (purpose, ...numbers) => {
    if (numbers[1] === -1) return draw
    return numbers[1] === -2 ? sizeDraw : drawn(purpose, ...numbers)
  }
  actors.caller(world)
  return told
}

describe('a caller', () => {
  test('sends one text, and says whether its answer was in the cache and is its own', () => {
    const told = arrival(0, honest())
    expect(told.sent.map(({ step, path }) => [step, path])).toEqual([['verify', '/verify']])
    expect(told.counted).toEqual({
      cached: [{ n: 1, bad: 0, what: expect.any(String) as string }],
      'own-answer': [{ n: 1, bad: 0, what: '' }],
    })
  })

  test.each([
    [0, 'batch-small', batchTexts.least],
    [0.48, 'batch-small', 53],
    [0.5, 'batch-large', 55],
    [0.999, 'batch-large', batchTexts.most],
  ])('sends batches: a draw of %d is a %s of %d texts', (sizeDraw, step, count) => {
    const told = arrival(0.95, honest(), sizeDraw)
    expect(told.sent).toHaveLength(1)
    expect(told.sent[0]!.step).toBe(step)
    expect(told.sent[0]!.body).toHaveLength(count)
    expect(told.counted['cached']).toEqual([{ n: count, bad: 0, what: expect.any(String) as string }])
  })

  test('counts each text of a batch that was not in the cache', () => {
    const unknown = rows.slice(0, 3).map((row) => row.slice(1))
    const { counted, sent } = arrival(0.95, honest(unknown))
    const texts = (sent[0]!.body as { text: string }[]).map(({ text }) => text)
    const bad = texts.filter((text) => unknown.includes(text)).length
    expect(counted['cached']).toEqual([{ n: texts.length, bad, what: expect.any(String) as string }])
    expect(bad).toBeGreaterThan(0)
  })

  test('says which text got an answer that is not its own', () => {
    const constant: Answers = () => ({ json: { ...verified('x'), claims: ['Simulated claim'] } })
    const [seen] = arrival(0, constant).counted['own-answer']!
    expect(seen).toMatchObject({ n: 1, bad: 1 })
    expect(seen!.what).toMatch(/^text 0: a claim (that is not in the text|in a text that states none)$/)
  })

  test('observes nothing of a request without an answer', () => {
    const { counted, unseen } = arrival(0, () => ({ status: 500, json: {} }))
    expect(counted).toEqual({})
    // The service may have verified it all the same.
    expect(unseen).toEqual({ cached: 1, 'own-answer': 1 })
    expect(arrival(0, () => ({ status: 503, json: {} })).unseen).toEqual({})
  })

  test('asks for health and figures as often as the source has it', () => {
    const steps = [0, 100.5, 110.5, 111.5].map(
      (weight) => arrival(weight / allWeights, statsToo).sent[0]!.step,
    )
    expect(steps).toEqual(['verify', 'batch-small', 'health', 'stats'])
  })

  test('leads to as many texts on average as its load says', () => {
    const { yields } = load as { yields: Record<string, number> }
    const requests = ['verify', 'batch-small', 'batch-large', 'health', 'stats']
    expect(requests.reduce((all, step) => all + yields[step]!, 0)).toBeCloseTo(1)
    expect(yields['cached']).toBeCloseTo((100 + 10 * 55) / 112)
  })
})

const statsToo: Answers = (step, exchange) =>
  step === 'stats' ? { json: figures } : honest()(step, exchange)

test('a regular user sends texts and batches until the load is over, and keeps count of them', () => {
  const { world, told } = worldOf(honest())
  actors.regular(world)
  const steps = told.sent.map(({ step }) => step)
  expect(steps.slice(0, 5)).toEqual(['verify', 'verify', 'verify', 'verify', 'batch-small'])
  expect(steps.length).toBe(300)
  expect(told.tallied).toEqual({ texts: 240 + 60 * 50, hits: 240 + 60 * 50 })
})

describe('an answer is not that to its text', () => {
  const fact = { text: 'The bridge is long.', isFactual: true }
  const opinion = { text: 'I like it.', isFactual: false }
  const own = { first: 'The bridge is long', claims: 1, confidence: 0.5, isHit: true }
  const none = { first: null, claims: 0, confidence: 0.5, isHit: true }
  test.each([
    [fact, own, null],
    [opinion, none, null],
    [fact, none, 'no claim in a text that states a fact'],
    [opinion, own, 'a claim in a text that states none'],
    [fact, { ...own, first: 'Another bridge' }, 'a claim that is not in the text'],
    [fact, { ...own, confidence: 1.5 }, 'a confidence that is not between 0 and 1'],
    [fact, { index: 0, why: 'no text' }, 'not verified: no text'],
  ])('%o answered by %o: %s', (claim, item, why) => expect(strange(claim, item)).toBe(why))
})
