// Observations that an actor counts many at once: what k6 is told, what the witness is told, and what is an error.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RunData, World } from '../../../../lib/drive/actor.ts'
import { makeWorld } from '../../../../lib/drive/world.ts'

const { added } = vi.hoisted(() => ({ added: [] as [metric: string, value: number, tags: object][] }))
vi.mock('../../../../lib/drive/lazily.ts', async () => {
  const promises = await vi.importActual<typeof import('../../../../lib/drive/promises.ts')>(
    '../../../../lib/drive/promises.ts',
  )
  return { promises: () => promises }
})
vi.mock('k6', () => ({ sleep: () => undefined }))
vi.mock('k6/http', () => ({ default: {} }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/execution', () => ({ default: {} }))
vi.mock('k6/metrics', () => {
  class Metric {
    private readonly name: string
    constructor(name: string) {
      this.name = name
    }
    add(value: number, tags: object): void {
      added.push([this.name, value, tags])
    }
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric, Gauge: Metric }
})

interface Names {
  steps: Record<never, never>
  observations: {
    hit: Record<never, never>
    promise: Record<never, never>
    maybe: Record<never, never>
    nobody: Record<never, never>
    found: { accountsFor: { promised: 'promise'; unsure: 'maybe'; unread: 'nobody' } }
  }
  tallies: []
  points: []
}

const t0 = 1_000_000
const steady = { name: 'steady', kind: 'normal', start: 0, end: 60, queueSeconds: 0, added: {} }
const data = {
  driveSeconds: 60,
  levels: [],
  segments: { batch: { phase: 'steady', kind: 'normal', start: 0, seconds: 60 } },
  phases: [steady],
  rest: { ...steady, name: 'rest', kind: 'warmup' },
  tallies: [],
  record: true,
  target: {},
  checks: {
    normal: {
      hit: [
        ['hits', 0, null],
        ['hits#1', 0, null],
      ],
      slow: [['slow', 500, null]],
      few: [['few', 0, 3]],
    },
  },
  rates: { hit: [['rate', 'normal', 0]] },
  agreements: {},
  promiseAccounts: { promise: [['found', 1]], maybe: [['maybe', 1]], found: [['found', -1]] },
} as unknown as RunData

const told = vi.spyOn(console, 'info')
beforeEach(() => {
  vi.useFakeTimers({ now: t0 + 1000 })
  added.length = 0
  told.mockReset().mockImplementation(() => undefined)
})
afterEach(() => void vi.useRealTimers())

const lines = () => told.mock.calls.map(([line]) => JSON.parse(line as string) as object)
const arrival = () => makeWorld(data, t0, 0, 'batch')

test('are one sample of all of them, one for each rule that the bad ones break, and one line', () => {
  arrival().observeMany('hit', 'normal', { n: 55, bad: 3 }, 'stale', { correlationId: 'c', sentAt: t0 })
  expect(added).toEqual([
    ['assay_bad', 3, { rule: 'hits' }],
    ['assay_bad', 3, { rule: 'hits#1' }],
    ['assay_answers', 52, { rule: 'rate' }],
    ['assay_seen', 55, { of: 'hit', kind: 'normal' }],
  ])
  const bad = { event: 'bad', t: t0, step: 'hit', correlationId: 'c', phase: 'steady', detail: 'stale' }
  expect(lines()).toMatchObject([{ ...bad, rules: ['hits', 'hits#1'], count: 3 }])
})

test('of which none is bad are told in one call, and a single bad one is a line as any other', () => {
  const world = arrival()
  world.observeMany('hit', 'normal', { n: 55, bad: 0 }, 'stale')
  world.observeMany('seldom', 'normal', { n: 2, bad: 1 }, 'judged by nobody')
  expect(lines()).toEqual([])
  world.observeMany('hit', 'normal', { n: 1, bad: 1 }, 'stale')
  expect(lines()).toHaveLength(1)
  expect(lines()[0]).not.toHaveProperty('count')
  expect(added.filter(([metric]) => metric === 'assay_seen').map(([, n]) => n)).toEqual([55, 2, 1])
})

test('that a resident makes are told with its other ones, and at once with a bad one', () => {
  const world = makeWorld(data, t0, 0, 'resident')
  const seen = () => added.filter(([metric]) => metric === 'assay_seen').map(([, n]) => n)
  world.observeMany('hit', 'normal', { n: 10, bad: 0 }, '')
  expect(seen()).toEqual([10])
  world.observe('hit', 'normal', null)
  world.observeMany('hit', 'normal', { n: 20, bad: 0 }, '')
  expect(seen()).toEqual([10])
  world.observeMany('hit', 'normal', { n: 4, bad: 4 }, 'stale')
  expect(seen()).toEqual([10, 25])
})

test('that are none at all are nothing', () => {
  arrival().observeMany('hit', 'normal', { n: 0, bad: 0 }, 'stale')
  expect([added, lines()]).toEqual([[], []])
})

test.each([
  [{ n: 3, bad: 4 }, '4 bad of 3'],
  [{ n: 3, bad: -1 }, '-1 bad of 3'],
  [{ n: 2.5, bad: 0 }, '0 bad of 2.5'],
  [{ n: 2, bad: 0.5 }, '0.5 bad of 2'],
  [{ n: NaN, bad: 0 }, '0 bad of NaN'],
  [{ n: -1, bad: -1 }, '-1 bad of -1'],
])('of numbers that make no sense (%o) are an error', (counts, words) => {
  const many = () => arrival().observeMany('hit', 'normal', counts, 'stale')
  expect(many).toThrow(`expected whole numbers with 0 <= bad <= n, got ${words}`)
  expect([added, lines()]).toEqual([[], []])
})

test('are no promises, and nothing that is judged by a time or a value', () => {
  const known = arrival() as unknown as World<Names>
  known.observeMany('hit', 'normal', { n: 1, bad: 0 }, '')
  const many = { n: 2, bad: 0 }
  // @ts-expect-error: its type says so, too.
  expect(() => known.observeMany('promise', 'normal', many, '')).toThrow(
    '"promise" belongs to an account of promises; observe each one with its key',
  )
  // @ts-expect-error: its type says so, too.
  expect(() => known.observeMany('found', 'normal', many, '')).toThrow('observe each one with its key')
  const any: World = arrival()
  expect(() => any.observeMany('slow', 'normal', many, '')).toThrow(
    '"slow" in normal is judged by its time or its value (slow); observe each one with it',
  )
  expect(() => any.observeMany('few', 'normal', many, '')).toThrow('its time or its value (few)')
  // Where nothing of the kind is judged there is nothing that they would have to have.
  expect(() => any.observeMany('slow', 'peak', many, '')).not.toThrow()
})
