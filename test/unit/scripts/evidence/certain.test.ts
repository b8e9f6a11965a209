// When a run ends because nothing is left to be gained: every criterion over a share of the requests is lost, and not before.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { Case, System } from '../../../../lib/plan/system.ts'
import { whyHopeless } from '../../../../scripts/evidence/certain.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { criteria, errors, latency, never } from '../../../../thresholds/limits.ts'
import { planOf, shop } from '../../lib/plan/shop.ts'

const system: System = {
  ...shop,
  criteria: criteria('shop.md', {
    'sale.errors': ['Errors < 1 %', errors({ under: 0.01, in: 'normal', of: 'buy' })],
    'rush.errors': ['Errors < 20 %', errors({ under: 0.2, in: 'burst', of: 'look' })],
    'sale.quick': ['P95 < 100 ms', latency({ p: 95, under: 100, in: 'normal', of: 'sold' })],
    'sale.lost': ['Nothing is lost', never({ what: 'a sale was lost', of: 'sold', in: 'normal', floor: 1 })],
  }),
}
/** A minute of ten sales a second, and a minute of rush; each is looked at once. */
const calm = phase('calm', 'normal', hold(10, '60s'))
const rush = phase('rush', 'burst', hold(10, '60s'))
const shares = ['sale.errors', 'rush.errors', 'sale.quick', 'sale.lost']

const t0 = 1_000_000
/** A run of these criteria in which so many of a second's ten sales failed, by the second. */
function after(
  bad: Record<string, { from: number; to: number; each: number }>,
  own = shares,
  faulty = false,
) {
  const fault = { driver: 'process', target: 'till', settings: { kind: 'kill' }, lasts: '4s' }
  const definition: Partial<Case> = {
    criteria: own,
    actors: (numbers) =>
      shop.cases[0]!.actors(numbers).map(
        (load) => ({ ...load, yields: { buy: 1, look: 1, sold: 1 } }) as never,
      ),
  }
  const plan = planOf([calm, faulty ? { ...rush, faults: [fault] } : rush], definition, system)
  const log = new EventLog([])
  log.t0 = t0
  for (const [rule, { from, to, each }] of Object.entries(bad)) {
    log.badByRule.set(`shop.${rule}`, (to - from) * each)
    const seconds = Array.from({ length: to - from }, (_, index): [number, number] => [
      t0 / 1000 + from + index,
      each,
    ])
    log.badSeconds.set(`shop.${rule}`, new Map(seconds))
  }
  return { plan, log, why: whyHopeless(log, plan) }
}

const calmLost = { 'sale.errors': { from: 0, to: 30, each: 10 } }
const rushLost = { 'rush.errors': { from: 60, to: 100, each: 10 } }

describe('a run', () => {
  test('ends when every criterion over a share of the requests is lost, whatever is claimed besides', () => {
    const { plan, why } = after({ ...calmLost, ...rushLost })
    expect(Object.keys(plan.claimed)).toEqual(shares.map((id) => `shop.${id}`))
    expect(plan.endsWhenLost).toEqual(['shop.sale.errors', 'shop.rush.errors'])
    expect(why).toBe('every criterion over a share of the requests is certain to FAIL, however the rest goes')
  })

  test('goes on while one of them may yet be met: with a quarter of all requests failed, or at the start of a rush', () => {
    expect(after(calmLost).why).toBeNull()
    expect(after({ ...calmLost, 'rush.errors': { from: 60, to: 66, each: 10 } }).why).toBeNull()
  })

  test('goes on where the bad ones may be one stall that more good ones outweigh', () => {
    expect(after({ 'sale.errors': { from: 3, to: 4, each: 10 } }, ['sale.errors']).why).toBeNull()
    expect(after({ 'sale.errors': { from: 0, to: 30, each: 10 } }, ['sale.errors']).why).not.toBeNull()
  })

  test('that claims none goes on, however much fails', () => {
    const lost = { 'sale.lost': { from: 0, to: 60, each: 10 }, 'sale.quick': { from: 0, to: 60, each: 10 } }
    expect(after(lost, ['sale.lost', 'sale.quick'])).toMatchObject({ plan: { endsWhenLost: [] }, why: null })
  })

  test('with faults goes on: it is worth knowing what becomes of them', () => {
    expect(after({ ...calmLost, ...rushLost }, shares, true).why).toBeNull()
  })

  test('waits for nothing that its first requests showed to be unsupported', () => {
    const { plan, log } = after(calmLost)
    const wrong = { look: 'GET /look answered 404' }
    log.preflight = { event: 'preflight', reached: true, problems: [], missing: [], wrong }
    expect(whyHopeless(log, plan)).not.toBeNull()
  })
})
