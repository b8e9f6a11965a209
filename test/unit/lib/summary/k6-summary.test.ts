// Both forms of k6's summary, recorded from one script, are read as the same.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { readSummary, valueOf } from '../../../../lib/summary/k6-summary.ts'
import { readerOf } from '../../../../lib/summary/summary.ts'
import type { Summary, Thresholds } from '../../../../lib/summary/k6-summary.ts'

const recorded = async (form: 'old' | 'new'): Promise<unknown> =>
  JSON.parse(
    await readFile(new URL(`../../../fixtures/k6-summary/${form}-form.json`, import.meta.url), 'utf8'),
  )

/** The options of the script; those on p(99) and group_duration are not in the new form. */
const thresholds: Thresholds = {
  'cnt{x:y}': ['count>=1', 'rate>1'],
  trd: ['p(99)<5', { threshold: 'p(95)<5', abortOnFail: true }, 'avg<3'],
  checks: ['rate>0.9'],
  gg: ['value<3'],
  rr: ['rate<0.5'],
  dropped_iterations: ['count<1'],
}

/** Which values there are, by metric. The figures of two runs differ. */
const valuesIn = ({ metrics }: Summary) =>
  Object.fromEntries(
    Object.entries(metrics).map(([name, { values }]) => [name, Object.keys(values).toSorted()]),
  )
const oksIn = ({ metrics }: Summary) =>
  Object.fromEntries(Object.entries(metrics).map(([name, metric]) => [name, metric.thresholds]))

describe("k6's summary", () => {
  test('has the same metrics and values in both forms', async () => {
    const old = readSummary(await recorded('old'))
    const found = readSummary(await recorded('new'), thresholds)
    expect(valuesIn(found)).toEqual(valuesIn(old))
    expect(found.metrics['rr']?.values).toEqual({ rate: 1, passes: 41, fails: 0 })
    expect(found.metrics['checks']).toMatchObject({
      type: 'rate',
      values: { rate: 0.5, passes: 41, fails: 41 },
    })
    expect(found.state.testRunDurationMs).toBeCloseTo(1518.41, 2)
  })

  test('is read by names of percentiles: the median, and the largest value for one that the form lacks', async () => {
    for (const form of ['old', 'new'] as const) {
      const found = readSummary(await recorded(form), thresholds)
      const read = readerOf(found)
      const { med, max, 'p(99)': p99 = max } = found.metrics['iteration_duration']!.values
      expect(med).toBeLessThan(max!)
      expect([
        read('iteration_duration', 'p(50)'),
        read('iteration_duration', 'p(99)'),
        read('none'),
      ]).toEqual([med, p99, 0])
    }
  })

  test('has the same checks in both forms', async () => {
    const checks = [
      { name: 'is two', passes: 0, fails: 41 },
      { name: 'is one', passes: 41, fails: 0 },
    ]
    expect(readSummary(await recorded('new')).checks).toEqual(checks)
    expect(readSummary(await recorded('old')).checks).toMatchObject([
      { name: 'is two', passes: 0 },
      { name: 'is one', fails: 0 },
    ])
  })

  test('says the same of thresholds in both forms, but of those whose value the new one lacks', async () => {
    const old = oksIn(readSummary(await recorded('old')))
    const found = oksIn(readSummary(await recorded('new'), thresholds))
    expect(old['trd']).toEqual({ 'p(99)<5': { ok: true }, 'p(95)<5': { ok: true }, 'avg<3': { ok: false } })
    expect(found).toEqual({ ...old, trd: { ...old['trd'], 'p(99)<5': { ok: null } } })
  })

  test('knows checks of groups within groups', () => {
    const check = (name: string) => ({ name, passes: 1, fails: 0 })
    const inner = { checks: [check('inner')] }
    const root_group = { checks: [check('outer')], groups: [{ groups: [inner] }] }
    const { checks } = readSummary({ metrics: {}, state: { testRunDurationMs: 1 }, root_group })
    expect(checks?.map(({ name }) => name)).toEqual(['outer', 'inner'])
  })

  test.each([[undefined], [null], ['text'], [{}], [{ metrics: {} }]])(
    'is an error where it is %j',
    (input) => {
      expect(() => readSummary(input)).toThrow(/expected k6's summary with .* this k6 may be newer/)
    },
  )
})

test('a threshold names the value that it judges', () => {
  const values = { 'p(99.9)': 7, count: 3 }
  expect(['p(99.9) < 5', 'count>=1', 'nonsense', 'avg<1'].map((text) => valueOf(text, values))).toEqual([
    7,
    3,
    undefined,
    undefined,
  ])
})
