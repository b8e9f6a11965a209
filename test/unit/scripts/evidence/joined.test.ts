// What an oracle put together is evidence of the rules that ask for it: counted by their limits, left out where only the target
// could tell, and no part of a criterion whose target does not show it.
import { describe, expect, test } from 'vitest'
import { supportOf } from '../../../../lib/plan/support.ts'
import { checkOrder } from '../../../../lib/plan/rule-check.ts'
import { isCounted } from '../../../../lib/summary/series.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { criteria, joinedBy, latency, never, neverInAny } from '../../../../thresholds/limits.ts'
import type { Rule } from '../../../../verdict/criterion.ts'
import type { Counts } from '../../../../verdict/evidence.ts'
import type { JoinedSample } from '../../../../verdict/oracles/oracle.ts'
import { judgeRule } from '../../../../verdict/rules.ts'
import { limitText } from '../../../../verdict/wording.ts'
import { counted } from '../../verdict/verdict-run.ts'
import { planOf } from '../runner-plan.ts'

const t0 = 1_700_000_000_000
const p95 = joinedBy('waits', latency({ p: 95, under: 100, in: 'normal', of: 'seen' }))
const longest = joinedBy(
  'waits',
  neverInAny({ what: 'waited', of: 'seen', in: ['normal', 'burst'], over: 1000, floor: 5 }),
)

const sample = (index: number, more: Partial<JoinedSample> = {}): JoinedSample => ({
  of: 'seen',
  kind: 'normal',
  t: t0 + index * 100,
  ms: 10,
  bad: null,
  correlationId: `c${index}`,
  ...more,
})
const samples = (count: number, of: (index: number) => Partial<JoinedSample>): JoinedSample[] =>
  Array.from({ length: count }, (_, index) => sample(index, of(index)))

/** What comes of these samples by a rule. */
function judged(rule: Rule, given: JoinedSample[] | null) {
  const plan = planOf([{ kind: 'normal', seconds: 60 }], { one: { text: '', source: '', rules: [rule] } })
  const log = new EventLog([])
  log.t0 = t0
  const written = { ...counted(), ended: t0 + 60_000, rules: {} }
  const { rules, bad } = completeEvidence(written, plan, log, {
    ...nothingBrought,
    joined: given === null ? {} : { waits: given },
  })
  return { counts: rules['one'] as Counts | undefined, bad, ...judgeRule(rule, rules['one'], 1) }
}

describe('what an oracle put together', () => {
  test('is bad where it takes too long, and a line of the witness', () => {
    const { status, counts, bad } = judged(
      p95,
      samples(100, (index) => ({ ms: index % 5 === 0 ? 300 : 10 })),
    )
    expect(status).toBe('FAIL')
    expect(counts).toMatchObject({ n: 100, bad: 20 })
    expect(counts!.blocks![t0 / 1000]).toEqual([10, 2])
    expect(bad[0]).toMatchObject({ step: 'seen', ms: 300, rules: ['one'], correlationId: 'c0' })
    expect(bad[0]!.detail).toBe('300 ms, as it was seen')
  })

  test('is bad where it is wrong, whatever its time', () => {
    const { status, bad } = judged(
      longest,
      samples(100, (index) => ({ bad: index === 7 ? 'is another one' : null })),
    )
    expect(status).toBe('FAIL')
    expect(bad.map(({ detail }) => detail)).toEqual(['is another one'])
  })

  test('of other names and kinds is not judged', () => {
    const others = [...samples(99, () => ({ of: 'other' })), ...samples(99, () => ({ kind: 'peak' }))]
    expect(judged(p95, others)).toMatchObject({ status: 'UNDECIDED', counts: { n: 0, bad: 0 } })
  })

  test('is nothing where the oracle was told nothing', () => {
    expect(judged(p95, null)).toMatchObject({ status: 'UNDECIDED', counts: undefined })
  })

  test.each([p95, longest])(
    'passes with a third left out on the word of the target, not with more: %o',
    (rule) => {
      const without = (share: number) =>
        judged(
          rule,
          samples(300, (index) => (index < share * 300 ? { leftOut: true } : {})),
        )
      expect(without(1 / 3).status).toBe('PASS')
      const more = without(0.4)
      expect(more.status).toBe('UNDECIDED')
      expect(more.reason).toContain('120 of 300 (40 %) were left out')
    },
  )

  test('passes with so many that may be over the limit as it has room for, not with more', () => {
    const open = (of: number, by: number) =>
      judged(
        p95,
        samples(300, (index) => (index < of ? { atMostMs: 10 + by } : {})),
      )
    expect(open(8, 100)).toMatchObject({ status: 'PASS', counts: { n: 292, bad: 0, unresolved: 8 } })
    const more = open(60, 100)
    expect(more.status).toBe('UNDECIDED')
    expect(more.reason).toContain('whether 60 more were bad is not known')
    // What is within the limit at the most, or over it at the least, is judged as it is.
    expect(open(60, 89).status).toBe('PASS')
    expect(
      judged(
        p95,
        samples(300, (index) => (index % 5 === 0 ? { ms: 100, atMostMs: 600 } : {})),
      ).status,
    ).toBe('FAIL')
  })

  test('has met no limit that may never be broken while one may be over it', () => {
    const given = samples(300, (index) => (index === 7 ? { ms: 10, atMostMs: 1010 } : {}))
    expect(judged(longest, given).status).toBe('UNDECIDED')
    expect(judged(longest, [...given, sample(300, { ms: 1000 })]).status).toBe('FAIL')
  })

  test('is not known to be good where nobody can say whether it was bad', () => {
    const given = samples(300, (index) => (index < 60 ? { unresolved: true } : {}))
    expect(judged(p95, given).status).toBe('UNDECIDED')
  })

  test('left out excuses nothing', () => {
    const given = samples(300, (index) => (index < 200 ? { leftOut: true } : { ms: 2000 }))
    expect(judged(longest, given).status).toBe('FAIL')
  })

  test('is told apart in the limit', () => expect(limitText(p95)).toBe('P95 of seen < 100 ms'))

  test('is nothing that k6 counts', () => expect([p95, longest].some(isCounted)).toBe(false))
})

describe('a criterion with what an oracle puts together', () => {
  const own = never({ what: 'waited', of: 'told', in: 'normal', floor: 1 })
  const claimed = criteria('shop.md', { mixed: ['', own, p95], joined: ['', p95] })

  test('is judged by its other rules where the target does not show it, and not at all without any', () => {
    const found = { missing: ['seen'] }
    const { claimed: left, notClaimed } = supportOf({ claimed, notClaimed: [] }, found)
    expect(left).toEqual({ mixed: { ...claimed.mixed, rules: own } })
    expect(notClaimed).toEqual([{ id: 'joined', why: 'the target does not report seen' }])
    expect(supportOf({ claimed, notClaimed: [] }, { missing: [] }).claimed).toEqual(claimed)
  })

  test('has these rules last, because the others keep their numbers', () => {
    expect(() => checkOrder('mixed', claimed.mixed)).not.toThrow()
    const { wrong } = criteria('shop.md', { wrong: ['', p95, own] })
    expect(() => checkOrder('shop.wrong', wrong)).toThrow(
      'criterion shop.wrong: rules by joinedBy() stand last; move the others before them',
    )
  })
})
