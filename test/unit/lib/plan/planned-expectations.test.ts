// What a source expects, in a plan: whole, with what only the plan knows, and an error where nobody could measure it.
import { describe, expect, test } from 'vitest'
import { planIn } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import {
  expectations,
  goodRate,
  goodShare,
  memory,
  network,
  observed,
  percentileOf,
  processors,
  risenShare,
  told,
} from '../../../../thresholds/expected.ts'
import type { ExpectedRow } from '../../../../verdict/expectation.ts'
import { calm, planOf, shop } from './shop.ts'

const whole = { text: 'a figure', from: 1, to: 2 }
const planWith = (rows: ExpectedRow[], level: number | null = 10, ids = ['sale.expected']) =>
  planOf(
    [calm()],
    { expectations: ids },
    {
      ...shop,
      names: { ...shop.names, points: ['queue', 'hits'] },
      expectations: expectations('shop.md', { 'sale.expected': ['a sale', level, ...rows] }),
    },
  )

describe('an expectation', () => {
  test('is in the plan, with the steps of a group and the whole id of a criterion', () => {
    const rows = [
      goodRate({ ...whole, text: 'rate', of: 'shop', in: 'normal' }),
      goodShare({ ...whole, text: 'good', of: 'buy', criterion: 'sale.errors' }),
      network({ ...whole, text: 'network' }),
    ]
    expect(planWith(rows).expectations).toEqual({
      'shop.sale.expected': {
        text: 'a sale',
        source: 'shop.md',
        level: 10,
        rows: [
          {
            text: 'rate',
            unit: 'per second',
            from: 1,
            to: 2,
            better: 'more',
            measure: { figure: 'rate', of: 'shop', in: ['normal'], steps: ['buy', 'look'] },
          },
          {
            text: 'good',
            unit: '%',
            from: 1,
            to: 2,
            better: 'more',
            measure: { figure: 'good', of: 'buy', criterion: 'shop.sale.errors' },
          },
          { text: 'network', unit: 'Mbit/s', from: 1, to: 2, measure: { figure: 'network' } },
        ],
      },
    })
  })

  test('is in no plan of a case that names none', () => {
    expect(planOf([calm()])).not.toHaveProperty('expectations')
  })

  test('has a better side only where its range has two', () => {
    expect(percentileOf({ text: '', of: 'buy', p: 50, from: 1, to: 2 }).better).toBe('less')
    expect(percentileOf({ text: '', of: 'buy', p: 50, to: 2 })).not.toHaveProperty('better')
    expect(percentileOf({ text: '', of: 'buy', p: 50, from: 1, to: 2, better: 'more' }).better).toBe('more')
  })
})

describe('what nobody could measure is an error of the plan', () => {
  const value = { ...whole, which: 'last', unit: 'things' } as const
  test.each<[ExpectedRow, string]>([
    [goodRate({ ...whole, of: 'shops', in: 'normal' }), '"shops" is no group; valid: shop'],
    [goodRate({ ...whole, of: 'buy', in: 'normal' }), '"buy" is no group'],
    [goodRate({ ...whole, of: 'shop', in: [] }), 'it names no kind of phase'],
    [memory({ ...whole, in: 'calm' as 'normal' }), '"calm" is no kind of phase; valid: warmup, normal'],
    [
      percentileOf({ ...whole, of: 'bye', p: 50 }),
      '"bye" is no step or group; valid: buy, look, leave, audit, shop',
    ],
    [
      percentileOf({ ...whole, of: 'buy', p: 90 as 95 }),
      '"90" is no percentile that is kept; valid: 50, 95, 99',
    ],
    [
      goodShare({ ...whole, of: 'buy', criterion: 'sale.other' }),
      '"sale.other" is no criterion of shop/A1; valid: sale.errors',
    ],
    [
      goodShare({ ...whole, of: 'sold', criterion: 'sale.errors' }),
      'sale.errors judges no share of "sold"; valid: buy',
    ],
    [risenShare({ ...whole, of: 'hits', whole: 'all' }), '"all" is no point; valid: queue, hits'],
    [observed({ ...value, of: 'queue' }), '"queue" is no observation; valid: sold'],
    [told({ ...value, of: 'sold' }), '"sold" is no point; valid: queue, hits'],
  ])('a name: %o', (row, why) => {
    expect(() => planWith([row])).toThrow(`expectation sale.expected, "a figure": ${why}`)
  })

  test.each([
    { text: 'a figure' },
    { text: 'a figure', from: 2, to: 1 },
    { text: 'a figure', from: NaN },
    { text: 'a figure', to: Infinity },
  ])('a range that holds nothing: %o', (range) => {
    expect(() => planWith([network(range)])).toThrow(
      'expectation sale.expected, "a figure": no value is in its range',
    )
  })

  test('a range of which everything is on the better side', () => {
    expect(() => planWith([network({ text: 'a figure', from: 1, better: 'less' })])).toThrow(
      'nothing could miss it, as less is better and that side is open; give to',
    )
  })

  test('an id that is not there, one that is named twice, and one without rows', () => {
    const row = processors({ ...whole, in: 'normal' })
    expect(() => planWith([row], 10, ['sale.other'])).toThrow(
      'shop/A1 names the expectation "sale.other", which is not among its system\'s; valid: sale.expected',
    )
    expect(() => planWith([row], 10, ['sale.expected', 'sale.expected'])).toThrow(
      'shop/A1: expectations 1 and 2 are both named "sale.expected"',
    )
    expect(() => planWith([])).toThrow('expectation sale.expected has no rows')
    expect(() => planWith([row, row])).toThrow(
      'expectation sale.expected: rows 1 and 2 are both named "a figure"',
    )
    expect(() => planWith([row], 0)).toThrow('expectation sale.expected: its level is 0')
  })

  test('and wrong use of the command', () => {
    const plans = () => [planWith([])]
    expect(() => planIn({ plans }, {})).toThrow(WrongUse)
  })

  test('real time, where the load is simulated', () => {
    const job = {
      actor: 'clerk',
      job: true,
      atMost: '1m',
      yields: { normal: { sold: 10 } },
      requestsPerSecond: 1,
    } as const
    const simulated = (row: ExpectedRow) =>
      planOf(
        [calm()],
        { expectations: ['sale.expected'], actors: () => [job], criteria: [] },
        { ...shop, expectations: expectations('shop.md', { 'sale.expected': ['a sale', null, row] }) },
      )
    expect(() => simulated(network(whole))).toThrow('its network is of real time')
    expect(() => simulated(observed({ ...value, of: 'sold' }))).not.toThrow()
  })
})
