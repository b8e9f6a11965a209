// What else than its criteria decides of a script's run: how it ended, and what of k6's own is red.
import { describe, expect, test } from 'vitest'
import { circumstancesOf } from '../../../../lib/any-script/circumstances.ts'
import type { RunOptions } from '../../../../lib/any-script/circumstances.ts'
import { verdictOf } from '../../../../lib/any-script/judged.ts'
import { aside, asideMs, margin, priceOf, thresholdsOn } from '../../../../lib/any-script/series.ts'
import { thresholdsOf } from '../../../../lib/any-script/thresholds.ts'
import type { Metric } from '../../../../lib/summary/k6-summary.ts'
import { criteria, latency } from '../../../../thresholds/limits.ts'

const table = criteria('', {
  fast: ['P95 < 300 ms', latency({ p: 95, under: 300, in: 'normal', of: 'me' })],
})
const thresholds = thresholdsOf(table)
const counted = (count: number): Metric => ({ values: { count } })
const passing = { [thresholdsOn]: counted(0), [`${margin}{rule:fast}`]: counted(50 * priceOf(0.05)) }

/** The verdict of a run that measured enough and well. */
function verdict(metrics: Record<string, Metric>, options: RunOptions = {}, testRunDurationMs = 10_000) {
  const summary = { metrics: { ...passing, ...metrics }, state: { testRunDurationMs } }
  return verdictOf(table, summary, circumstancesOf(summary, { thresholds, ...options }), 0)
}

const users = { all: { executor: 'constant-vus', duration: '10s' } }

test('a run to its end is PASS', () => {
  expect(verdict({}, { scenarios: users })).toMatchObject({ line: 'PASS 1 of 1', reasons: [] })
})

describe('a run is UNDECIDED, with every criterion', () => {
  test.each<[string, Record<string, Metric>, RunOptions, number, string]>([
    ['that was ended early', {}, { scenarios: users }, 7000, 'after 7.0 s of 10.0 s'],
    [
      'that was ended early, however long its setup took',
      { [asideMs]: counted(4000) },
      { scenarios: users },
      11_000,
      'after 7.0 s of 10.0 s',
    ],
    [
      'that lacks iterations',
      { iterations: counted(7), dropped_iterations: counted(2) },
      { scenarios: { all: { executor: 'shared-iterations', iterations: 10 } } },
      1000,
      'after 9 of 10 planned iterations',
    ],
    [
      'whose teardown threw',
      { [aside]: counted(1) },
      {},
      1000,
      'setup() or teardown() did not come to its end',
    ],
    [
      'that a threshold ended',
      { http_reqs: { values: { count: 7 }, thresholds: { 'count<5': { ok: false } } } },
      { thresholds: { ...thresholds, http_reqs: [{ threshold: 'count<5', abortOnFail: true }] } },
      1000,
      'k6 ended the run by "count<5" on http_reqs',
    ],
  ])('%s', (_, metrics, options, lastedMs, reason) => {
    const found = verdict(metrics, options, lastedMs)
    expect(found.verdict).toBe('UNDECIDED')
    expect(found.reasons[0]).toContain(reason)
    expect(found.criteria[0]).toMatchObject({
      status: 'UNDECIDED',
      reason: expect.stringContaining(reason) as string,
    })
  })
})

test('a part of a test has its part of the iterations, and is not held against the whole', () => {
  const scenarios = {
    all: { executor: 'shared-iterations', iterations: 10 },
    ramp: { executor: 'ramping-vus', stages: [{ duration: '20s', target: 2 }] },
  }
  expect(verdict({ iterations: counted(5) }, { scenarios, executionSegment: '0:1/2' }).verdict).toBe('PASS')
  expect(verdict({}, { scenarios: users, executionSegment: '0:1/2' }, 7000).verdict).toBe('UNDECIDED')
})

test('a threshold of its own that is crossed is named with its value, and leaves the criteria', () => {
  const found = verdict({
    checks: { values: { rate: 0.42 }, thresholds: { 'rate>0.9': { ok: false }, 'rate>0.1': { ok: true } } },
    'http_req_duration{a:b}': { values: {}, thresholds: { 'p(99)<5': { ok: null } } },
  })
  expect(found.line).toBe('UNDECIDED 0 of 1; crossed in k6: checks rate>0.9, http_req_duration{a:b} p(99)<5')
  expect(found.reasons).toEqual([
    expect.stringContaining('"rate>0.9" on checks is crossed (was 0.42)'),
    expect.stringContaining(
      '"p(99)<5" on http_req_duration{a:b} may be crossed (summaryTrendStats lacks its value)',
    ),
  ])
  expect(found.criteria[0]?.status).toBe('PASS')
})

test('without thresholds nothing is judged, not even what failed', () => {
  const failed = {
    [`${margin}{rule:fast}`]: counted(1000 - 1000 * priceOf(0.05)),
    'assay_bad{rule:fast}': counted(1000),
    [thresholdsOn]: { values: {} },
  }
  expect(verdict(failed)).toMatchObject({
    line: 'UNDECIDED 1 of 1: fast',
    reasons: ["thresholds were off; k6's exit code says nothing"],
    criteria: [{ status: 'UNDECIDED', reason: expect.stringContaining('measured: at least') as string }],
  })
  expect(verdict(failed, { thresholds: null }).reasons[0]).toContain(
    'the options held none of the thresholds',
  )
})
