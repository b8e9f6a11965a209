// Values that come with observations: told of those of which the source expects one, and of no others.
import { beforeEach, expect, test, vi } from 'vitest'
import type { RunData, World } from '../../../../lib/drive/actor.ts'
import { makeWorld } from '../../../../lib/drive/world.ts'
import { toldValuesOf } from '../../../../lib/plan/planned-expectations.ts'
import { expectations, network, observed } from '../../../../thresholds/expected.ts'
import { calm, planOf, shop } from '../plan/shop.ts'

vi.mock('../../../../lib/drive/lazily.ts', () => ({ promises: () => ({}) }))
vi.mock('k6', () => ({ sleep: () => undefined }))
vi.mock('k6/http', () => ({ default: {} }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/execution', () => ({ default: {} }))
vi.mock('k6/metrics', () => {
  class Metric {
    add(): void {}
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric, Gauge: Metric }
})

const told = vi.spyOn(console, 'info')
beforeEach(() => void told.mockReset().mockImplementation(() => undefined))

const plan = planOf(
  [calm()],
  { expectations: ['sale.expected'] },
  {
    ...shop,
    expectations: expectations('shop.md', {
      'sale.expected': [
        'a sale',
        null,
        observed({ text: 'price', of: 'sold', which: 'last', unit: 'coins', from: 1 }),
        network({ text: 'network', from: 1 }),
      ],
    }),
  },
)
const rest = { name: 'rest', kind: 'warmup', start: 60, end: 100, queueSeconds: 0, added: {} }
const data = (record: boolean) =>
  ({
    driveSeconds: 60,
    levels: [],
    segments: {},
    phases: plan.phases,
    rest,
    tallies: [],
    record,
    target: {},
    checks: {},
    rates: {},
    agreements: {},
    promiseAccounts: {},
    ...toldValuesOf(plan),
  }) as unknown as RunData

test('are told one by one', () => {
  const world: World = makeWorld(data(true), Date.now(), 0, 'resident')
  world.observe('sold', 'normal', null, { value: 7 })
  world.observe('sold', 'normal', 'too dear', { value: 9 })
  world.observe('sold', 'normal', null)
  world.observe('other', 'normal', null, { value: 5 })
  const lines = told.mock.calls.map(([line]) => JSON.parse(line as string) as { event: string })
  expect(lines).toMatchObject([
    { event: 'value', of: 'sold', value: 7 },
    { event: 'value', of: 'sold', value: 9 },
  ])
})

test('are told to nobody where nobody reads them', () => {
  makeWorld(data(false), Date.now(), 0, 'resident').observe('sold', 'normal', null, { value: 7 })
  expect(told).not.toHaveBeenCalled()
})

test('are none where the source expects none', () => {
  expect(toldValuesOf(planOf([calm()]))).toEqual({})
})
