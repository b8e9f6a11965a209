// What is not known of some observations, and what rests on others that are not so: neither is ever PASS where it may be broken.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Criterion } from '../../../verdict/criterion.ts'
import type { Evidence } from '../../../verdict/evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import { counts, criteria, healthy, inputOf } from './verdict-run.ts'

describe('what rests on something else', () => {
  const records: Criterion = {
    text: 'Records are true',
    source: 'test',
    rules: [{ judge: 'share', of: ['told'], in: ['normal'], limit: 0.02, backs: ['submit', 'task-wait'] }],
  }
  const statusesWith = (told: Evidence, own: Record<string, Evidence> = {}) => {
    const evidence = healthy()
    Object.assign(evidence.rules, { records: told }, own)
    return judgeRun(inputOf(evidence, { claimed: { ...criteria, records } })).criteria
  }

  it('is met while that holds, or is not decided', () => {
    for (const told of [counts(1000, 0), counts(10, 0)])
      expect(statusesWith(told).find(({ id }) => id === 'latency')?.status).toBe('PASS')
  })

  it('is not met while that is broken, and says so; what is broken stays broken', () => {
    const found = statusesWith(counts(1000, 100), { starvation: counts(1500, 1) })
    expect(Object.fromEntries(found.map(({ id, status }) => [id, status]))).toEqual({
      errors: 'UNDECIDED',
      latency: 'UNDECIDED',
      starvation: 'FAIL',
      fairness: 'PASS',
      recovery: 'PASS',
      records: 'FAIL',
    })
    expect(found[0]?.reason).toContain('it rests on what records found broken: 10 % failed (100 of 1,000)')
  })
})

describe('a share of which some are not resolved', () => {
  const [rule] = criteria.latency.rules
  // Without their seconds: a design effect may fall when bad ones are added between the runs of others.
  const status = (n: number, bad: number, unresolved = 0) =>
    judgeRule(rule!, { type: 'counts', n, bad, unresolved }, 1).status
  const amount = fc.nat(400)

  it('is PASS where it is with all of them bad, FAIL where it is with none, and otherwise neither', () => {
    fc.assert(
      fc.property(amount, amount, (bad, unresolved) => {
        const found = status(2000, bad, unresolved)
        expect(found === 'PASS').toBe(status(2000 + unresolved, bad + unresolved) === 'PASS')
        expect(found === 'FAIL').toBe(status(2000 + unresolved, bad) === 'FAIL')
      }),
    )
  })

  it('may have as many as there is room for', () => {
    expect([0, 50, 85, 200].map((unresolved) => status(2000, 0, unresolved))).toEqual([
      'PASS',
      'PASS',
      'PASS',
      'UNDECIDED',
    ])
  })
})
