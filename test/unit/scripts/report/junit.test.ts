// How verdicts become test cases: nothing that is not PASS may look green, and nothing is skipped.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { junitReport } from '../../../../scripts/report/junit.ts'
import type { Status, Verdict } from '../../../../verdict/verdict.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

let folder = ''
let failed: Verdict
let passed: Verdict
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-report-'))
  failed = await writeRunFixture(join(folder, 'fail'), { fails: true })
  passed = await writeRunFixture(join(folder, 'pass'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const suite = (xml: string): Record<string, string> =>
  Object.fromEntries(
    [...(/<testsuite [^>]*>/.exec(xml)?.[0] ?? '').matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [
      name,
      value,
    ]),
  )

const caseOf = (xml: string, name: string): string =>
  xml.split('<testcase').find((part) => part.includes(`name="${name}`)) ?? `no case ${name}`

test('FAIL is a failure and UNDECIDED an error, each with its reason', () => {
  const xml = junitReport(failed)
  expect(suite(xml)).toMatchObject({ tests: '12', failures: '2', errors: '1', skipped: '0', time: '120' })
  expect(caseOf(xml, 'load.latency-p95')).toMatch(
    /<failure message="9.8 %, limit at most 5 % over 500 ms: The lower bound/,
  )
  expect(caseOf(xml, 'load.latency-p95')).toContain('a1f3-0000-submit')
  expect(caseOf(xml, 'target.registration-p95')).toMatch(/<error [^>]*type="UNDECIDED"/)
  expect(caseOf(xml, 'load.errors-normal')).not.toMatch(/<(failure|error)/)
})

test('a clean run has nothing red', () => {
  expect(suite(junitReport(passed))).toMatchObject({ tests: '12', failures: '0', errors: '0', skipped: '0' })
})

test('what was not claimed is named and is no test case', () => {
  const xml = junitReport(passed)
  expect(xml).toContain('<property name="not claimed: load.concurrent-workers"')
  expect(caseOf(xml, 'load.concurrent-workers')).toBe('no case load.concurrent-workers')
})

test.each<[Status, string]>([
  ['UNDECIDED', 'error'],
  ['INVALID', 'error'],
  ['FAIL', 'failure'],
])('a run that is %s without a criterion that says so is red by itself', (verdict, element) => {
  const line = `${verdict}: nothing was claimed`
  const xml = junitReport({ ...passed, criteria: [], verdict, line })
  expect(suite(xml)).toMatchObject({ tests: '1', [`${element}s`]: '1' })
  expect(caseOf(xml, 'the run as a whole')).toContain(`<${element} message="${line}`)
})

test('control characters of a log cannot make the file unreadable', () => {
  const [first] = structuredClone(failed).criteria
  if (first === undefined) throw new Error('the fixture has criteria')
  const xml = junitReport({ ...failed, criteria: [{ ...first, reason: 'a\u0000b\u001b[31m]]> <x>' }] })
  // oxlint-disable-next-line no-control-regex
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/)
  expect(xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '')).not.toContain('<x>')
})
