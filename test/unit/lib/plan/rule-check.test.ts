// Rules that can never get evidence: an error of the plan, and wrong use of the command, in place of a claim.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { Case, System } from '../../../../lib/plan/system.ts'
import { planIn } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import {
  agrees,
  busy,
  check,
  cost,
  criteria,
  evenly,
  lawful,
  mean,
  never,
  recovery,
  serviceRecovery,
} from '../../../../thresholds/limits.ts'
import type { Rule } from '../../../../verdict/criterion.ts'
import { arriving, calm, planOf, shop } from './shop.ts'

/** A shop that claims one rule. */
const judging = (rule: Rule | Rule[], names: Partial<System['names']> = {}): System => ({
  ...shop,
  criteria: criteria('shop.md', { 'sale.rule': ['a rule', rule] }),
  names: { ...shop.names, ...names },
})
const shapes = [calm(), phase('rush', 'burst', hold(20, '10s')), phase('rest', 'recovery', hold(10, '60s'))]
const claiming = (system: System, more: Partial<Case> = {}) =>
  planOf(shapes, { criteria: ['sale.rule'], ...more }, system)

const meanOf = (of: string) => mean({ of, under: 100, in: 'normal', floor: 1 })
const giniOf = (of: string) => evenly({ of, under: 0.2, in: 'normal', perUnit: 1 })
const backOf = (of: string) => recovery({ of, after: 'burst', within: 60 })
const leastOf = (of: string) => never({ what: 'too few', of, in: 'normal', floor: 1, least: 5 })

describe('what actors tell of observations alone', () => {
  test.each<[what: string, rule: Rule | Rule[], culprit: string]>([
    ['the mean', meanOf('buy'), 'buy'],
    ['the distribution', giniOf('shop'), 'shop'],
    ['the way back to normal, without a window,', backOf('buy'), 'buy'],
    ['the least value', leastOf('shop'), 'shop'],
  ])('is judged of no step and no group: %s', (what, rule, culprit) => {
    expect(() => claiming(judging(rule))).toThrow(
      `criterion shop.sale.rule judges ${what} of "${culprit}", which is no observation: of requests nobody tells that; valid: sold`,
    )
  })

  test.each([meanOf('sold'), giniOf('sold'), backOf('sold'), leastOf('sold')])(
    'is judged of one: %o',
    (rule) => {
      expect(() => claiming(judging(rule))).not.toThrow()
    },
  )

  test('is not what a recovery with a window needs', () => {
    const rule = serviceRecovery({ of: 'shop', after: 'burst', within: 60, window: 10, under: 0.01 })
    expect(Object.keys(claiming(judging(rule)).claimed)).toEqual(['shop.sale.rule'])
  })
})

describe('a check', () => {
  const names = { observations: { sold: {}, twice: { check: true } } } as const
  const twice = check({ of: 'twice', what: 'not twice' })

  test('is of every case, whatever that lists and however small its load is', () => {
    const plan = planOf([phase('calm', 'normal', hold(1, '1s'))], { criteria: [] }, judging(twice, names))
    expect(Object.keys(plan.claimed)).toEqual(['shop.sale.rule'])
    expect(plan.expected['shop.sale.rule']).toEqual({ samples: 1, needed: 1, unit: 'checks' })
  })

  test('is claimed once by a case that lists it', () =>
    expect(Object.keys(claiming(judging(twice, names)).claimed)).toEqual(['shop.sale.rule']))

  test('is not claimed where there are to be none', () =>
    expect(planOf(shapes, { criteria: [] }, judging(twice, names), { withChecks: false })).toMatchObject({
      claimed: {},
      notClaimed: [{ id: 'shop.sale.rule', why: 'CHECKS=none' }],
    }))

  test.each<[rule: Rule | Rule[], why: string]>([
    [check({ of: 'sold', what: '' }), 'judges "sold" before the load, and it is no check; valid: twice'],
    [
      never({ of: 'twice', what: '', in: 'normal', floor: 1 }),
      'judges the check "twice" in phases of the load, and it is made before; use check()',
    ],
    [
      { judge: 'share', of: ['twice'], in: ['preflight'], limit: 0.1 },
      'judges a check, which is one rule of its own; make it by check()',
    ],
  ])('is judged by check(), and nothing else is: %o', (rule, why) =>
    expect(() => claiming(judging(rule, names))).toThrow(`criterion shop.sale.rule ${why}`),
  )

  test('is in no phase', () =>
    expect(() => phase('first', 'preflight', hold(1, '1s'))).toThrow('unknown kind "preflight"'))
})

test('the cost of a piece of work is judged only where the system says what that is', () => {
  const rule = cost({ in: 'normal', within: 0.2 })
  expect(() => claiming(judging(rule))).toThrow(
    'criterion shop.sale.rule judges what a piece of work costs, and the system does not say what that is; declare work among its names',
  )
  const work = { points: ['time'], work: { done: 'time', inTime: 'time', withinMs: 10_000 } }
  expect(() => claiming(judging(rule, work))).not.toThrow()
})

describe('the use of processors', () => {
  const under = (share: number) => judging(busy({ in: 'normal', under: share }))

  test('is claimed from 30 s of judged time on', () => {
    const of = (seconds: number) =>
      planOf([phase('calm', 'normal', hold(10, `${seconds}s`))], { criteria: ['sale.rule'] }, under(0.7))
    expect(of(30).expected['shop.sale.rule']).toEqual({ samples: 30, needed: 30, unit: 's' })
    expect(of(29).notClaimed).toEqual([{ id: 'shop.sale.rule', why: 'needs 30 s; this load brings 29' }])
  })

  test.each([0, -1, 1.5, 70, NaN])('stays under a share, which %d is not', (share) =>
    expect(() => claiming(under(share))).toThrow(
      `criterion shop.sale.rule judges processors at ${share} of what a service may use; expected a share over 0 and up to 1`,
    ),
  )
})

describe("the target's own count", () => {
  const counts = (of: string, point = 'figure', within = 0) =>
    agrees({ of, count: 'all', point, within, what: 'wrong' })
  const names = { points: ['figure'] }

  test.each(['buy', 'shop', 'sold'])('is held against a step, a group or an observation: %s', (of) => {
    const actors = () => [arriving('buyer', { sold: 1 })]
    const { claimed, expected } = claiming(judging(counts(of), names), { actors })
    // The kinds that the plan has.
    expect(claimed['shop.sale.rule']!.rules).toMatchObject([{ in: ['normal', 'burst', 'recovery'] }])
    expect(expected['shop.sale.rule']).toEqual({ samples: 1300, needed: 100, unit: 'samples' })
  })

  test('is not claimed where the load brings fewer than a hundred', () => {
    const actors = () => [arriving('buyer', { sold: 0.07 })]
    expect(claiming(judging(counts('sold'), names), { actors }).notClaimed).toEqual([
      { id: 'shop.sale.rule', why: 'needs 100 samples; this load brings 91' },
    ])
  })

  test.each([
    [counts('bye'), 'judges the unknown name "bye"; valid: buy, look, leave, audit, shop, sold'],
    [counts('time'), 'judges the unknown name "time"'],
    [counts('buy', 'other'), 'holds the unknown point "other" against what actors saw; valid: figure'],
    [counts('buy', 'figure', 1), 'lets the two counts be 1 apart; expected a share from 0 to under 1'],
    [counts('buy', 'figure', NaN), 'lets the two counts be NaN apart'],
  ])('names what there is: %o', (rule, why) =>
    expect(() => claiming(judging(rule, names))).toThrow(`criterion shop.sale.rule ${why}`),
  )
})

test('laws are judged only in a case that keeps a history, and the runner calls another one wrong use', () => {
  const rule = lawful({ of: 'sold', oracle: 'stock', laws: ['kept'], what: 'wrong', in: 'normal', floor: 1 })
  const system = judging(rule)
  const module = { plans: () => [claiming(system)] }
  expect(() => planIn(module, {})).toThrow(WrongUse)
  expect(() => planIn(module, {})).toThrow(
    'criterion shop.sale.rule judges laws, which an oracle holds against a history, and shop/A1 keeps none; set history: true',
  )
  expect(() => claiming(system, { history: true })).not.toThrow()
})
