// The target's own count against what actors saw: what agrees, what does not, and what nobody can know.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agrees } from '../../../thresholds/limits.ts'
import { judgeAgreement } from '../../../verdict/agreement.ts'
import { phaseKinds } from '../../../verdict/criterion.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Agreement, Evidence } from '../../../verdict/evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { counted, healthy, inputOf, merged } from './verdict-run.ts'

type AgreesRule = Parameters<typeof judgeAgreement>[0]
const [begin, end] = [1000, 9000]

const ruleOf = (within: number, count: AgreesRule['count'] = 'all') =>
  agrees({
    of: 'requests',
    count,
    point: 'counted',
    within,
    what: 'the target counts wrongly',
  }) as AgreesRule

/** Of requests of which nothing is unknown, and a figure that rose from 100. */
const seen = (n: number, rise: number | null, more: Partial<Agreement> = {}): Agreement => ({
  type: 'agreement',
  are: 'requests',
  n,
  bad: 0,
  unanswered: 0,
  repeated: 0,
  asked: 0,
  ...(rise === null
    ? {}
    : { figure: { before: { t: begin, value: 100 }, last: { t: end, value: 100 + rise } } }),
  ...more,
})
const statusOf = (rule: AgreesRule, evidence: Agreement) => judgeAgreement(rule, evidence).status

test('is of the whole run, whatever its phases are', () =>
  expect(ruleOf(0)).toEqual({
    judge: 'agrees',
    of: 'requests',
    count: 'all',
    point: 'counted',
    within: 0,
    what: 'the target counts wrongly',
    in: [...phaseKinds],
  }))

describe('a count', () => {
  test('agrees within its limit, and says how far the two are apart', () =>
    expect(judgeAgreement(ruleOf(0.01), seen(12_345, 12_340))).toEqual({
      status: 'PASS',
      observed: 'requests: 12,345 sent, the target counted 12,340 (0.0405 % apart, 1 % allowed)',
      value: 0.0405022,
      samples: 12_345,
      needed: 0,
      interval: null,
      reason: 'counted: 0.0405 % apart, 1 % allowed',
    }))

  test.each([
    [0.01, 1000, 990, 'PASS'],
    [0.01, 1000, 1010, 'PASS'],
    [0.01, 1000, 989, 'FAIL'],
    [0.01, 1000, 1011, 'FAIL'],
    [0, 1000, 1000, 'PASS'],
    [0, 1000, 999, 'FAIL'],
    [0, 1000, 1001, 'FAIL'],
    [0, 0, 1, 'FAIL'],
  ])('within %d of %i that actors saw, %i counted is %s', (within, n, rise, status) =>
    expect(statusOf(ruleOf(within), seen(n, rise))).toBe(status),
  )

  test('that is wrong is broken in words, and a figure that does not move is said to be one', () => {
    const reasonOf = (rise: number) => judgeAgreement(ruleOf(0.01), seen(1000, rise)).reason
    expect(reasonOf(900)).toBe(
      'the target counts wrongly: counted rose by 900 while actors saw 1,000, 10 % apart, 1 % allowed',
    )
    expect(reasonOf(0)).toMatch(
      /^the target counts wrongly: the figure did not move \(counted\) while actors saw 1,000, 100 % apart/,
    )
    expect(reasonOf(-50)).toContain('counted fell by 50 while actors saw 1,000')
  })

  test('of fewer than a hundred says nothing, unless it is wrong', () => {
    expect(judgeAgreement(ruleOf(0), seen(99, 99))).toMatchObject({
      status: 'UNDECIDED',
      needed: 100,
      reason: 'counted agrees with 99, which are too few: 100 requests needed',
    })
    expect(statusOf(ruleOf(0), seen(100, 100))).toBe('PASS')
    expect(statusOf(ruleOf(0), seen(99, 98))).toBe('FAIL')
    expect(statusOf(ruleOf(0), seen(0, 0))).toBe('UNDECIDED')
  })

  test.each([
    ['before and after', undefined],
    ['before and after', { before: null, last: null }],
    ['before', { before: null, last: { t: end, value: 5 } }],
    ['after', { before: { t: begin, value: 5 }, last: null }],
  ])('that was not told %s the load is not known', (when, figure) =>
    expect(judgeAgreement(ruleOf(0), seen(500, null, figure === undefined ? {} : { figure }))).toMatchObject({
      status: 'UNDECIDED',
      observed: "requests: 500 sent, the target's own count is not known",
      reason: `counted was not told ${when} the load`,
    }),
  )

  test('of which there are more bad ones than all, or less than none, contradicts itself', () => {
    for (const wrong of [{ bad: 501 }, { n: -1 }, { unanswered: NaN }, { asked: -2 }])
      expect(statusOf(ruleOf(0), seen(500, 500, wrong))).toBe('INVALID')
  })
})

describe('what nobody knows is in favour of the target', () => {
  /** The least and the most that the target may have counted of 1,000 without being wrong. */
  const range = (count: AgreesRule['count'], more: Partial<Agreement>): [number, number] => {
    const held = Array.from({ length: 1200 }, (_, rise) => rise).filter(
      (rise) => statusOf(ruleOf(0, count), seen(1000, rise, more)) === 'PASS',
    )
    expect(held.at(-1)! - held[0]! + 1).toBe(held.length)
    return [held[0]!, held.at(-1)!]
  }

  test.each<[AgreesRule['count'], Partial<Agreement>, [number, number]]>([
    ['all', { bad: 0 }, [1000, 1000]],
    ['good', { bad: 100 }, [900, 900]],
    ['bad', { bad: 100 }, [100, 100]],
    // Requests without an answer may have been counted as whatever they were.
    ['all', { unanswered: 7 }, [993, 1000]],
    ['good', { bad: 100, unanswered: 7 }, [900, 907]],
    ['bad', { bad: 100, unanswered: 7 }, [93, 100]],
    // What could not be observed is not among what was, and may have been counted.
    ['all', { are: 'observations', unanswered: 7 }, [1000, 1007]],
    ['good', { are: 'observations', bad: 100, unanswered: 7 }, [900, 907]],
    ['bad', { are: 'observations', bad: 100, unanswered: 7 }, [100, 107]],
    // Repeated ones came twice, or may have.
    ['all', { repeated: 2 }, [1000, 1002]],
    ['good', { bad: 100, repeated: 2 }, [900, 904]],
    ['bad', { bad: 100, repeated: 2 }, [98, 102]],
    ['bad', { bad: 1, repeated: 2 }, [0, 3]],
    // After the load of one process another one goes on.
    ['all', { asked: 3 }, [1000, 1003]],
  ])('%s, %o', (count, more, expected) => expect(range(count, more)).toEqual(expected))

  test('and is said', () => {
    const { observed, reason } = judgeAgreement(
      ruleOf(0.01, 'bad'),
      seen(1000, 95, { bad: 100, unanswered: 7 }),
    )
    expect(observed).toBe('requests: 100 failed, the target counted 95 (0 % apart, 1 % allowed)')
    expect(reason).toBe(
      'counted: 0 % apart, 1 % allowed; of 7 nobody knows whether or how often the target counted them',
    )
  })
})

describe('over shards and epochs', () => {
  const told = fc.option(fc.record({ t: fc.integer({ min: 0, max: 5 }), value: fc.nat(1000) }), { nil: null })
  const part: fc.Arbitrary<Agreement> = fc
    .record({
      n: fc.nat(1000),
      unanswered: fc.nat(9),
      repeated: fc.nat(3),
      asked: fc.nat(3),
      figure: fc.option(fc.record({ before: told, last: told }), { nil: undefined }),
      isPart: fc.constantFrom(true as const, undefined),
    })
    .map(({ figure, isPart, ...rest }) => ({
      ...seen(rest.n, null),
      ...rest,
      ...(figure === undefined ? {} : { figure }),
      ...(isPart === undefined ? {} : { isPart }),
    }))
  const sum = (parts: Evidence[]): Evidence => parts.reduce((a, b) => fold(a, b) as Evidence)

  test('adds up in any order and grouping', () =>
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const whole = sum([a, b, c])
        expect(sum([c, a, b])).toEqual(whole)
        expect(sum([b, sum([c, a])])).toEqual(whole)
        expect(sum([sum([c, b]), a])).toEqual(whole)
      }),
    ))

  test('of requests and observations does not fit together', () =>
    expect(fold(seen(1, null, { are: 'observations' }), seen(1, null))).toBe(
      'shards count different things: observations and requests in one agreement',
    ))

  test('what each saw adds up, and the last one that told says what the target counted', () => {
    const claimed = { one: { text: '', source: '', rules: [ruleOf(0)] } }
    const { evidence, reasons } = merged(
      [600, 400].map((n, index) => ({
        ...counted(),
        shard: index + 1,
        of: 2,
        rules: { one: seen(n, null) },
      })),
    )
    const whole = evidence.rules['one'] as Agreement
    const figure = { before: { t: begin, value: 7 }, last: { t: end, value: 1007 } }
    const rules = { one: { ...whole, figure } }
    const judged = (more: object, other = rules) =>
      judgeRun(
        inputOf({ ...evidence, rules: other, ...more }, { claimed, required: [], mergeReasons: reasons }),
      )
    expect(judged({}).criteria[0]).toMatchObject({
      status: 'PASS',
      observed: 'requests: 1,000 sent, the target counted 1,000 (0 % apart, 0 % allowed)',
      phase: 'the whole run',
    })
  })
})

describe('in a run', () => {
  const claimed = { one: { text: '', source: '', rules: [ruleOf(0)] } }
  const verdictOf = (evidence: Agreement, run: object = {}, input: object = {}) =>
    judgeRun(inputOf({ ...healthy(), rules: { one: evidence }, ...run }, { claimed, required: [], ...input }))
      .criteria[0]!
  const slow = {
    generator: { ...healthy().generator, lag: { n: 1000, over: 500, p99Ms: 900 } },
  }

  test('a slow generator excuses nothing', () => {
    expect(verdictOf(seen(500, 500), slow).status).toBe('PASS')
    expect(verdictOf(seen(500, 499), slow).status).toBe('FAIL')
  })

  test.each([
    ['was cut short', { complete: false }, {}],
    ['was ended', {}, { interrupted: 'somebody ended it' }],
    ['lacks a shard', {}, { mergeReasons: ['shard 2 of 2 brought no evidence'] }],
  ])('that %s nobody saw all that the target counted', (_, run, input) => {
    const { status, reason } = verdictOf(seen(500, 800, { bad: 501 }), run, input)
    expect(['UNDECIDED', 'INVALID']).toContain(status)
    expect(reason).toContain('a part of the run is missing or was cut short')
  })
})
