// Where plain k6 and Assay may differ: k6 judges the point estimate, Assay the bound. Both are driven from the same rule.
import { describe, expect, test } from 'vitest'
import { ruleThresholds, thresholdsOf } from '../../../../lib/summary/k6-thresholds.ts'
import { thresholdMark } from '../../../../lib/summary/series.ts'
import { textOf } from '../../../../lib/summary/summary-text.ts'
import type { Start } from '../../../../lib/start.ts'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import { system } from '../../../../systems/cocoon/system.ts'
import { allPlans, readManifest } from '../../../../scripts/run/plans.ts'
import { isCheck, isJoined } from '../../../../verdict/criterion.ts'
import type { ProcessEvidence } from '../../../../verdict/evidence.ts'
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
        metric.startsWith('assay_open'),
      ),
    )
    expect(limits).toEqual([
      [{ metric: 'assay_open_promises{of:payout,kind:normal}', threshold: 'count<=4', floor: false }],
      // None may be lost, so that those that are found are those that were promised.
      [
        { metric: 'assay_open_promises{of:payout-known,kind:normal}', threshold: 'count<=0', floor: false },
        { metric: 'assay_open_keys_first{of:payout-known,kind:normal}', threshold: 'count==0', floor: false },
        {
          metric: 'assay_open_keys_second{of:payout-known,kind:normal}',
          threshold: 'count==0',
          floor: false,
        },
      ],
    ])
  })

  test('a fault that took effect twice stands for no other one', () => {
    const chaos = allPlans(readManifest()).find(({ case: id }) => id === 'cocoon/F10')!
    const bite = ruleThresholds(chaos, system.names, 'cocoon.fault.bite', 0)
    expect(bite).toEqual(
      ['1', '2', '3'].map((fault) => ({
        metric: `assay_seen{of:fault-bite,kind:fault,fault:${fault}}`,
        threshold: 'count>=1',
        floor: true,
      })),
    )
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
        if (rule.judge === 'gini' || isJoined(rule)) return
        const floors = ruleThresholds(plan, system.names, id, index).filter(({ floor }) => floor)
        expect(floors.length).toBeGreaterThan(0)
        for (const { threshold } of floors)
          expect(Number(/^count>=(\d+)$/.exec(threshold)![1])).toBeGreaterThan(0)
      })
    }
  })

  test('of a sample of several kinds it asks for something of each, because it cannot add up', () => {
    const id = 'cocoon.allocation.no-starvation'
    const both = planOf(caseIn('baseline'), [
      phase('calm', 'normal', hold(10, '60s')),
      phase('after', 'recovery', hold(10, '60s')),
    ])
    const index = both.claimed[id]!.rules.findIndex(({ of }) => of === 'asked-again')
    expect(both.claimed[id]!.rules[index]).toMatchObject({ in: ['normal', 'recovery'], floor: 144 })
    expect(ruleThresholds(both, system.names, id, index)).toEqual([
      { metric: `assay_bad{rule:${id}#${index}}`, threshold: 'count<=0', floor: false },
      { metric: 'assay_seen{of:asked-again,kind:normal}', threshold: 'count>=1', floor: true },
      { metric: 'assay_seen{of:asked-again,kind:recovery}', threshold: 'count>=1', floor: true },
    ])
  })

  test('what only one actor does has series where it takes part', () => {
    const grown = planOf(caseIn('growth'), [phase('small', 'normal', hold(10, '60s'))])
    const hasSeries = (one: Plan): boolean =>
      Object.keys(thresholdsOf(one, system.names)).includes('http_reqs{step:grow}')
    expect([hasSeries(grown), hasSeries(plan)]).toEqual([true, false])
  })

  test('a bundle has at most 200 tagged series', () => {
    const tagged = Object.keys(thresholdsOf(plan, system.names)).filter((metric) => metric.includes('{'))
    expect(tagged.length).toBeLessThanOrEqual(200)
  })
})

test('plain k6 says how many requests it repeated', () => {
  const lag = { n: 1, over: 0, p99Ms: 1 }
  const generator = { planned: 9, started: 9, dropped: 0, lag, cpu: null, exceptions: 0 }
  const text = (more: Partial<ProcessEvidence>): string =>
    textOf(
      { plan, system, shortfalls: [] } as unknown as Start,
      { metrics: { [thresholdMark]: { values: { count: 0 } } }, state: { testRunDurationMs: 1000 } },
      { rules: {}, steps: [], generator, ...more } as unknown as ProcessEvidence,
    )
  expect(text({ repeated: 1234 })).toContain('silently repeated at least 1,234 requests')
  expect(text({})).not.toContain('repeated')
})
