// Of the library for anybody's k6 script: k6's threshold is green only where the judge says PASS.
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { marginNeeded } from '../../../../lib/any-script/gate.ts'
import { circumstancesOf } from '../../../../lib/any-script/circumstances.ts'
import { verdictOf } from '../../../../lib/any-script/judged.ts'
import { bad, margin, open, priceOf, thresholdsOn } from '../../../../lib/any-script/series.ts'
import type { Summary } from '../../../../lib/summary/k6-summary.ts'
import { dropped, thresholdsOf } from '../../../../lib/any-script/thresholds.ts'
import { criteria, errors, ms, latency } from '../../../../thresholds/limits.ts'
import { samplesWithoutBad } from '../../../../verdict/criterion.ts'
import { judgeRule } from '../../../../verdict/rules.ts'
import { whole } from '../../../../verdict/wording.ts'

const limits = [0.0001, 0.001, 0.01, 0.05, 0.1, 0.5, 0.9]
const rule = (limit: number) => errors({ under: limit, in: 'normal', of: 'checkout' })
const statusOf = (limit: number, n: number, broken: number) =>
  judgeRule(rule(limit), { type: 'counts', n, bad: broken }, 1).status

describe.each(limits)('the threshold of a share under %f', (limit) => {
  const needed = marginNeeded(limit)
  const price = priceOf(limit)

  test('is green only where the judge says PASS', () => {
    const most = 100 * samplesWithoutBad(limit)
    fc.assert(
      fc.property(fc.nat(Math.ceil(most / price)), fc.nat(most), (broken, beyond) => {
        expect(statusOf(limit, needed + price * broken + beyond, broken)).toBe('PASS')
      }),
    )
  })

  test('is no stricter than it must be: somewhere one good sample less would not be PASS', () => {
    const tight = Array.from({ length: 100 }, (_, broken) => needed - 1 + price * broken).some(
      (n, broken) => broken <= n && statusOf(limit, n, broken) !== 'PASS',
    )
    expect(tight).toBe(true)
  })

  test('asks for less than twice the samples that the judge asks for when none is bad', () => {
    expect(needed).toBeGreaterThanOrEqual(samplesWithoutBad(limit))
    expect(needed).toBeLessThan(2 * samplesWithoutBad(limit) + price)
  })
})

test.each([
  ['P95', 0.05],
  ['P99, or 1 % errors', 0.01],
  ['0.1 % errors', 0.001],
])('docs/any-script.md has the figures of %s', async (name, limit) => {
  const figures = [marginNeeded(limit), samplesWithoutBad(limit), priceOf(limit)].map(whole)
  const page = await readFile(new URL('../../../../docs/any-script.md', import.meta.url), 'utf8')
  expect(page).toContain(`| ${[name, ...figures].join(' | ')} |`)
})

const table = criteria('', {
  fast: ['P95 < 300 ms', latency({ p: 95, under: ms(300), in: 'normal', of: 'checkout' })],
})
const thresholds = thresholdsOf(table)

/** What k6 gives to handleSummary after `n` measurements, of which so many were bad. */
function summary(n: number, broken: number, more: Record<string, { count: number; ok: boolean }> = {}) {
  const values: Record<string, { count: number; ok: boolean }> = {
    [`${margin}{rule:fast}`]: { count: n - priceOf(0.05) * broken, ok: true },
    [`${bad}{rule:fast}`]: { count: broken, ok: true },
    [thresholdsOn]: { count: 0, ok: true },
    ...more,
  }
  const metrics = Object.fromEntries(
    Object.entries(values).map(([name, { count, ok }]) => [
      name,
      {
        values: { count },
        thresholds: Object.fromEntries((thresholds[name] ?? []).map((text) => [text, { ok }])),
      },
    ]),
  )
  return { metrics, state: { testRunDurationMs: 2000 } }
}
const verdictOn = (found: Summary, endedAt: number) =>
  verdictOf(table, found, circumstancesOf(found, { thresholds }), endedAt)
const judged = (...counts: Parameters<typeof summary>) => verdictOn(summary(...counts), 10_000)

describe('the verdict of a script', () => {
  test('holds counts, bounds and times', () => {
    expect(judged(1000, 10)).toMatchObject({
      verdict: 'PASS',
      line: 'PASS 1 of 1',
      started: '1970-01-01T00:00:08.000Z',
      seconds: 2,
      criteria: [
        { id: 'fast', status: 'PASS', samples: 1000, observed_value: 1, unit: '%', limit: 'P95 < 300 ms' },
      ],
    })
  })

  test('is FAIL where the bound says so', () => {
    const {
      verdict,
      criteria: [fast],
    } = judged(1000, 100)
    expect(verdict).toBe('FAIL')
    expect(fast?.reason).toMatch(/^at least 8\.\d+ %, allowed 5 %/)
  })

  test('is UNDECIDED where nothing was measured', () => {
    expect(verdictOn({ metrics: {}, state: { testRunDurationMs: 1 } }, 0).criteria[0]).toMatchObject({
      status: 'UNDECIDED',
      observed: 'nothing',
      needed: marginNeeded(0.05),
    })
  })

  test('is PASS exactly where k6 is green', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(200), (n, broken) => {
        fc.pre(broken <= n)
        const green = n - priceOf(0.05) * broken >= marginNeeded(0.05)
        expect(judged(n, broken).verdict === 'PASS').toBe(green)
      }),
    )
  })

  test('says what is lacking where the judge passes and k6 does not', () => {
    const [fast] = judged(59, 0).criteria
    expect(fast).toMatchObject({ status: 'UNDECIDED', needed: marginNeeded(0.05) })
    expect(fast?.reason).toContain(`k6's threshold wants ${marginNeeded(0.05) - 59} more good samples`)
  })

  test.each([
    [open, /3 measurements began and never ended/],
    [dropped, /k6 dropped 3 arrivals/],
  ])('%s above its threshold makes a PASS UNDECIDED, and leaves a FAIL', (metric, why) => {
    const cut = { [metric]: { count: 3, ok: false } }
    expect(judged(1000, 0, cut)).toMatchObject({
      verdict: 'UNDECIDED',
      reasons: [expect.stringMatching(why)],
    })
    expect(judged(1000, 100, cut).verdict).toBe('FAIL')
    expect(judged(1000, 0, { [metric]: { count: 3, ok: true } }).verdict).toBe('PASS')
  })
})
