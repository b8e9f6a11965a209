// What a source expects, beside what was measured: each figure, what is held or missed, and that no verdict hangs on it.
import { describe, expect, test } from 'vitest'
import type { RunEvidence } from '../../../verdict/evidence.ts'
import type { ExpectedRow, Measure } from '../../../verdict/expectation.ts'
import { isHeld, rangeText } from '../../../verdict/expectations.ts'
import { judgeRun, type JudgeInput } from '../../../verdict/judge.ts'
import { verdictIn } from '../../../verdict/read-verdict.ts'
import { healthy, inputOf } from './verdict-run.ts'

/** 60 s of 100 requests each, of which the last 40 s of the run's 100 are of another kind. */
const loaded = (more: Partial<RunEvidence> = {}): RunEvidence => ({
  ...healthy(),
  byPhase: [
    {
      phase: 'steady',
      kind: 'normal',
      level: 100,
      seconds: 60,
      offered: 6000,
      completed: 0,
      inTime: 0,
      dropped: 0,
      groups: { shop: { requests: 6000, dropped: 0 } },
      bad: {},
    },
  ],
  steps: [
    { step: 'buy', requests: 5000, failed: 0, refused: 0, p50: 10, p95: 40, p99: 80, max: 120 },
    { step: 'look', requests: 1000, failed: 0, refused: 0, p50: 2, p95: 90, p99: 95, max: 100 },
    { step: 'leave', requests: 0, failed: 0, refused: 0, p50: 0, p95: 0, p99: 0, max: 0 },
  ],
  ...more,
})

type Range = Pick<ExpectedRow, 'from' | 'to' | 'better'>

const judge = (
  measure: Measure,
  range: Range,
  evidence = loaded(),
  more: Partial<JudgeInput> = {},
  level?: number,
) => {
  const row = { text: 'a figure', unit: 'things', measure, ...range }
  const expectation = { text: 'what is expected', source: 'shop.md', rows: [row] }
  const all = { 'shop.expected': level === undefined ? expectation : { ...expectation, level } }
  return judgeRun(inputOf(evidence, { expected: { expectations: all, peakLevel: 100 }, ...more }))
}
const rowOf = (...given: Parameters<typeof judge>) => judge(...given).expectations![0]!.rows[0]!

const rate: Measure = { figure: 'rate', of: 'shop', in: ['normal'], steps: ['buy', 'look'] }
const busy: Measure = { figure: 'processors', in: ['normal'] }
const any: Range = { from: 0 }

describe('what is measured', () => {
  test('good requests of a group a second, in the phases of a kind', () => {
    expect(rowOf(rate, { from: 90, to: 200 })).toEqual({
      text: 'a figure',
      range: '90 to 200 things',
      unit: 'things',
      measured: 100,
      shown: '100 things: good requests of shop a second, in normal, of 100 offered',
      held: true,
    })
  })

  test('failed requests are taken off, whenever they came, and where that decides it stays open', () => {
    const steps = loaded().steps.map((step) => ({ ...step, failed: step.step === 'buy' ? 600 : 0 }))
    const evidence = loaded({ steps })
    expect(rowOf(rate, { from: 80 }, evidence)).toMatchObject({ measured: 90, held: true })
    expect(rowOf(rate, { from: 95 }, evidence)).toMatchObject({
      shown: expect.stringMatching(/^at least 90 things/) as string,
      held: null,
      why: expect.stringContaining('not known in which phases requests failed') as string,
    })
  })

  test('a load that offered less than is expected is no miss', () => {
    expect(rowOf(rate, { from: 1000 })).toMatchObject({
      measured: 100,
      held: null,
      why: 'this load offered no more than 100 a second',
    })
    // Offered, and not answered.
    const rows = loaded().byPhase!.map((row) => ({
      ...row,
      groups: { shop: { requests: 6000, dropped: 60_000 } },
    }))
    expect(rowOf(rate, { from: 1000 }, loaded({ byPhase: rows })).held).toBe(false)
  })

  test("k6's percentile of a step, and of the slowest step of a group", () => {
    const of = { figure: 'percentile', p: 50 } as const
    expect(rowOf({ ...of, of: 'look', steps: ['look'] }, any)).toMatchObject({
      measured: 2,
      shown: "2 things: k6's own P50 of look, in the whole run",
    })
    const shop = { ...of, of: 'shop', steps: ['buy', 'look', 'leave'] }
    expect(rowOf({ ...shop, p: 95 }, any, loaded({ of: 3 }))).toMatchObject({
      measured: 90,
      shown:
        "90 things: k6's own P95 of look, the slowest step of shop, of the slowest of 3 processes, in the whole run",
    })
  })

  test('the share that was good where a claimed criterion judges it', () => {
    const good: Measure = { figure: 'good', of: 'submit', criterion: 'errors' }
    const rules = { ...healthy().rules, errors: { type: 'counts' as const, n: 200, bad: 30 } }
    expect(rowOf(good, { from: 80, to: 85 }, loaded({ rules }))).toMatchObject({ measured: 85, held: true })
    expect(rowOf({ ...good, criterion: 'cache' }, any)).toMatchObject({
      measured: null,
      shown: '',
      held: null,
      why: 'cache was not claimed',
    })
  })

  const values = (first: number, last: number) => ({
    firstAt: 1,
    first,
    lastAt: 2,
    last,
    least: 1,
    most: 900,
  })
  const figures = {
    points: { hits: values(100, 850), claims: values(200, 1200) },
    observations: { speedup: values(60, 70) },
    services: { normal: { processors: 0.5, allowed: 2, memoryBytes: 300e6 } },
  }

  test.each<[measure: Measure, measured: number, shown: string]>([
    [
      { figure: 'risen', of: 'hits', whole: 'claims' },
      75,
      'the rise of hits in that of claims, from the first told to the last',
    ],
    [busy, 25, 'the mean of all services together, in normal: 0.5 of 2 processors'],
    [{ figure: 'memory', in: ['normal'] }, 300, 'the highest of all services together, in normal'],
    [{ figure: 'observed', of: 'speedup', which: 'last' }, 70, 'the last value of speedup'],
    [{ figure: 'told', of: 'hits', which: 'most' }, 900, 'the largest value of hits'],
    [{ figure: 'told', of: 'hits', which: 'least' }, 1, 'the smallest value of hits'],
  ])('what was told and sampled: %o', (measure, measured, shown) => {
    expect(rowOf(measure, any, loaded({ figures }))).toMatchObject({
      measured,
      shown: `${measured} things: ${shown}`,
      held: true,
    })
    expect(rowOf(measure, any)).toMatchObject({
      measured: null,
      held: null,
      why: expect.any(String) as string,
    })
  })

  test('the bytes of k6 over the time of the load', () => {
    // 64 s, from the first phase to the last.
    const network = { sentBytes: 8e6, receivedBytes: 24e6 }
    expect(rowOf({ figure: 'network' }, { from: 1, to: 5 }, loaded({ network }))).toMatchObject({
      measured: 4,
      shown: '4 things: 1 sent and 3 received by k6, over 64 s of load',
      held: true,
    })
  })

  test.each<[Measure, string]>([
    [{ ...rate, in: ['peak'] }, 'this load has no phase of kind peak'],
    [{ ...busy, in: ['peak'] }, 'this load has no phase of kind peak'],
    [{ figure: 'percentile', of: 'leave', p: 99, steps: ['leave'] }, 'nobody sent a request of leave'],
    [{ figure: 'network' }, 'k6 did not say how many bytes it sent and received'],
  ])('why it was not: %o', (measure, why) => {
    expect(rowOf(measure, any)).toMatchObject({ measured: null, held: null, why })
  })
})

describe('held', () => {
  test.each<[Range, value: number, held: boolean]>([
    [{ from: 1, to: 2 }, 1, true],
    [{ from: 1, to: 2 }, 2, true],
    [{ from: 1, to: 2 }, 0.9, false],
    [{ from: 1, to: 2 }, 2.1, false],
    [{ from: 1, to: 2, better: 'less' }, 0.9, true],
    [{ from: 1, to: 2, better: 'less' }, 2.1, false],
    [{ from: 1, to: 2, better: 'more' }, 0.9, false],
    [{ from: 1, to: 2, better: 'more' }, 2.1, true],
    [{ from: 90.5 }, 90.4, false],
    [{ to: 60 }, 60, true],
  ])('is what is in the range, or on its better side: %o, %d', (range, value, held) =>
    expect(isHeld({ text: '', unit: '', measure: { figure: 'network' }, ...range }, value)).toBe(held),
  )

  test('a range in words', () => {
    const words = [{ from: 0.5, to: 1 }, { from: 10_000 }, { to: 60 }].map((range) =>
      rangeText({ ...range, unit: 'ms' }),
    )
    expect(words).toEqual(['0.5 to 1 ms', 'at least 10,000 ms', 'at most 60 ms'])
  })

  test('a figure that a smaller load makes smaller is not held against a larger one', () => {
    const network = { sentBytes: 8e6, receivedBytes: 24e6 }
    const given = (from: number) =>
      judge({ figure: 'network' }, { from }, loaded({ network }), {}, 7700).expectations![0]!
    const load = 'the source speaks of a load of 7,700 workers, and this one goes to 100'
    expect(given(10)).toMatchObject({ load, rows: [{ measured: 4, held: null, why: load }] })
    expect(given(2)).toMatchObject({ load, rows: [{ held: true }] })
    // A latency only gets better.
    const slow = judge({ figure: 'percentile', of: 'buy', p: 50 }, { to: 5 }, loaded(), {}, 7700)
    expect(slow.expectations![0]!.rows[0]!.held).toBe(false)
  })
})

describe('the verdict', () => {
  test('is the same with an expectation that is missed', () => {
    const { expectations, ...verdict } = judge(rate, { to: 1 })
    expect(expectations![0]!.rows[0]!.held).toBe(false)
    expect(verdict).toEqual(judgeRun(inputOf(loaded())))
    expect(verdict).not.toHaveProperty('expectations')
  })

  test('that is INVALID shows the figure and trusts it not', () => {
    const exceptions = { ...healthy().generator, exceptions: 3 }
    const verdict = judge(rate, any, loaded({ generator: exceptions }))
    expect(verdict.verdict).toBe('INVALID')
    const row = verdict.expectations![0]!.rows[0]!
    expect(row).toMatchObject({ measured: 100, held: null })
    expect(row.why).toBe(`${verdict.reasons.join('; ')} (the figure is not to be trusted)`)
    const missing = rowOf(rate, any, loaded(), { mergeReasons: ['shard 2 of 2 brought no evidence'] })
    expect(missing).toMatchObject({ held: null, why: expect.stringContaining('shard 2 of 2') as string })
  })

  test('of a run that was cut short leaves it open', () => {
    expect(rowOf(rate, any, loaded(), { interrupted: 'SIGINT' })).toMatchObject({
      measured: 100,
      held: null,
      why: 'the run was cut short: SIGINT',
    })
    expect(rowOf(rate, any, loaded(), { partial: true })).toMatchObject({ measured: 100, held: null })
  })

  test('is read with the field, without it, and not with something else in it', () => {
    const verdict: unknown = JSON.parse(JSON.stringify(judge(rate, any)))
    expect(verdictIn(verdict)).toEqual(verdict)
    const { expectations: _, ...old } = verdict as Record<string, unknown>
    expect(verdictIn(old)).toEqual(old)
    for (const expectations of [{}, [1], [{ id: 'x' }]])
      expect(verdictIn({ ...old, expectations })).toMatch(/^its field expectations/)
  })
})
