// The table at the end of a run.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verdictTable } from '../../../../scripts/report/index.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

let folder = ''
let verdict: Verdict
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-report-'))
  verdict = await writeRunFixture(folder, { fails: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const widths = (text: string): number[] => text.split('\n').map((line) => [...line].length)

test('names every criterion, broken ones first with their reason, and what was not claimed', () => {
  const lines = verdictTable(verdict, { report: 'reports/latest/report.html' }).split('\n')
  const place = (text: string): number => lines.findIndex((line) => line.includes(text))
  for (const { id } of verdict.criteria) expect(place(` ${id} `)).toBeGreaterThan(0)
  expect(lines[place('✗ FAIL      load.latency-p95') + 1]?.trim()).toBe('The lower bound is above the limit.')
  expect(place('target.submit-p95 ')).toBeLessThan(place('load.errors-normal'))
  expect(lines[place('load.concurrent-workers')]).toContain('needs 1,000 workers')
  expect(lines.slice(-2)).toEqual([verdict.line, 'report: reports/latest/report.html'])
})

test('fits its width whatever the texts are, without colour codes unless asked', () => {
  const long = 'word '.repeat(60) + 'x'.repeat(300)
  const criteria = verdict.criteria.map((one) => ({
    ...one,
    id: long,
    observed: long,
    limit: long,
    reason: long,
  }))
  for (const columns of [80, 110]) {
    const text = verdictTable(
      { ...verdict, criteria, line: long, target: long, reasons: [long] },
      { columns },
    )
    expect(Math.max(...widths(text))).toBeLessThanOrEqual(columns)
    expect(text).not.toContain('\u001b')
  }
  expect(Math.max(...widths(verdictTable(verdict)))).toBeLessThanOrEqual(110)
})

test('colours only around its own words: a hostile reason cannot reach the terminal', () => {
  const criteria = verdict.criteria.map((one) => ({
    ...one,
    reason: 'a\u001b[2Jb',
    observed: '\u001b]0;x\u0007',
  }))
  const text = verdictTable({ ...verdict, criteria }, { colour: true })
  // oxlint-disable-next-line no-control-regex
  expect(text.replace(/\u001b\[(3[1235]|0)m/g, '')).not.toContain('\u001b')
  expect(text).toContain('\u001b[31m✗ FAIL')
})

test('what holds for the whole run is said once, and what holds for a criterion stays with it', () => {
  const reasons = ['the generator lagged', 'k6 waited for a core']
  const reason = `${reasons.join('; ')} (measured: at most 1 %, allowed 5 %)`
  const criteria = verdict.criteria.map((one) => ({ ...one, status: 'INVALID' as const, reason }))
  const text = verdictTable({ ...verdict, criteria, reasons })
  expect(text.match(/the generator lagged/g)).toHaveLength(1)
  expect(
    text.match(/see the reasons for the whole run \(measured: at most 1 %, allowed 5 %\)/g),
  ).toHaveLength(criteria.length)
})
