// Rules that can never get evidence: an error of the plan, and wrong use of the command, in place of a claim.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { Case, System } from '../../../../lib/plan/system.ts'
import { planIn } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import {
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
import { calm, planOf, shop } from './shop.ts'

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

test('the cost of a piece of work is judged only where the system says what that is', () => {
  const rule = cost({ in: 'normal', within: 0.2 })
  expect(() => claiming(judging(rule))).toThrow(
    'criterion shop.sale.rule judges what a piece of work costs, and the system does not say what that is; declare work among its names',
  )
  const work = { points: ['time'], work: { done: 'time', inTime: 'time', withinMs: 10_000 } }
  expect(() => claiming(judging(rule, work))).not.toThrow()
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
