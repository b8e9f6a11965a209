// Where plain k6 and Assay may differ: k6 judges the point estimate, Assay the bound. Both are driven from the same rule.
import { describe, expect, test } from 'vitest'
import { ruleThresholds, thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import { system } from '../../../../systems/cocoon/system.ts'
import { isCheck } from '../../../../verdict/criterion.ts'
import { judgeRule } from '../../../../verdict/rules.ts'
import { caseIn, planOf } from './plan-of.ts'

const plan = planOf(caseIn('baseline'), [phase('calm', 'normal', hold(10, '60s'))])
const submit = 'cocoon.target.submit-p95'

/** What k6 makes of so many bad ones: the count against the limit's share of the planned samples. */
function plainPasses(bad: number): boolean {
  const own = ruleThresholds(plan, system.names, submit, 0).find(({ metric }) =>
    metric.startsWith('assay_bad'),
  )!
  const [, most] = /^count<=(\d+)$/.exec(own.threshold)!
  return bad <= Number(most)
}
const assays = (bad: number) =>
  judgeRule(plan.claimed[submit]!.rules[0]!, { type: 'counts', n: 1500, bad }, 1).status

describe('the verdict of plain k6 is weaker', () => {
  test.each([
    [0, true, 'PASS'],
    [45, true, 'PASS'],
    // Between the bounds k6 says green, and Assay says that nobody knows.
    [68, true, 'UNDECIDED'],
    [75, true, 'UNDECIDED'],
    [76, false, 'UNDECIDED'],
    [120, false, 'FAIL'],
  ])('%i of 1,500 over the limit: plain passes %s, Assay says %s', (bad, plain, verdict) => {
    expect(plainPasses(bad)).toBe(plain)
    expect(assays(bad)).toBe(verdict)
  })

  test('k6 cannot express a Gini coefficient, and says so', () => {
    const fairness = 'cocoon.allocation.fairness'
    expect(plan.claimed[fairness]).toBeDefined()
    expect(ruleThresholds(plan, system.names, fairness, 0)).toEqual([])
  })

  test('what was promised and never found is counted against the limit, too', () => {
    const paid = planOf(caseIn('payments'), [
      phase('steady', 'normal', hold(10, '300s'), { rates: { payee: 15, racer: 2 } }),
    ])
    const limits = ['payment.success', 'payment.reconciliation'].map((id) =>
      ruleThresholds(paid, system.names, `cocoon.${id}`, 0).filter(({ metric }) =>
        metric.startsWith('assay_open_promises'),
      ),
    )
    expect(limits).toEqual([
      [{ metric: 'assay_open_promises{of:payout,kind:normal}', threshold: 'count<=4', floor: false }],
      [{ metric: 'assay_open_promises{of:payout-known,kind:normal}', threshold: 'count<=0', floor: false }],
    ])
  })

  test('a check has no floor, because a target need not offer what it is about', () => {
    expect(ruleThresholds(plan, system.names, 'cocoon.contract.same-key', 0)).toEqual([
      { metric: 'assay_check_same_key', threshold: 'rate<=0', floor: false },
    ])
  })

  test('every other limit stands on a floor', () => {
    for (const [id, { rules }] of Object.entries(plan.claimed)) {
      if (isCheck({ rules })) continue
      rules.forEach((rule, index) => {
        if (rule.judge === 'gini') return
        const floors = ruleThresholds(plan, system.names, id, index).filter(({ floor }) => floor)
        expect(floors.length).toBeGreaterThan(0)
        for (const { threshold } of floors)
          expect(Number(/^count>=(\d+)$/.exec(threshold)![1])).toBeGreaterThan(0)
      })
    }
  })

  test('a bundle has at most 200 tagged series', () => {
    const tagged = Object.keys(thresholdsOf(plan, system.names, 1)).filter((metric) => metric.includes('{'))
    expect(tagged.length).toBeLessThanOrEqual(200)
  })
})
