// Runs that are less than their case, or never began.
import { describe, expect, it } from 'vitest'
import { check } from '../../../thresholds/limits.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { worstOfRow } from '../../../verdict/severity.ts'
import { counts, healthy, inputOf } from './verdict-run.ts'

describe('a run that is no whole one', () => {
  it('was cut short by DURATION: what held in a part is undecided, unless the part was asked for', () => {
    const verdict = judgeRun(inputOf(healthy(), { partial: true }))
    expect(verdict.verdict).toBe('UNDECIDED')
    expect(verdict.line).toMatch(/^UNDECIDED 5 of 5: .* \(cut short by DURATION\)$/)
    expect(verdict.reasons[0]).toMatch(/^DURATION cut the run short/)
    expect(verdict.criteria.every(({ reason }) => reason.includes('PARTIAL=1 judges the part'))).toBe(true)
    const broken = healthy()
    broken.rules['errors'] = counts(2000, 200)
    expect(judgeRun(inputOf(broken, { partial: true })).verdict).toBe('FAIL')
    expect(judgeRun(inputOf(healthy(), { partial: true, judgesPart: true }))).toMatchObject({
      verdict: 'PASS',
      line: 'PASS 5 of 5 (cut short by DURATION)',
    })
  })

  it('never began, because the target does not understand it', () => {
    const preflight = {
      reached: true,
      problems: ['submit: answered 401'],
      baseUrl: 'http://shop',
      stopped: 'no token',
    }
    const verdict = judgeRun(inputOf({ ...healthy(), rules: {}, complete: false }, { preflight }))
    expect(verdict).toMatchObject({
      verdict: 'UNDECIDED',
      measured: false,
      line: 'UNDECIDED: no load was sent: no token',
      reasons: ['no load was sent: no token', 'preflight: submit: answered 401'],
    })
  })
})

it('that only checked before its load judged nothing by it', () => {
  const own = check({ of: 'twice', what: 'not twice' })
  const claimed = { twice: { text: '', source: '', rules: [own] } }
  const evidence = { ...healthy(), rules: { twice: counts(1, 0) } }
  const verdict = judgeRun(inputOf(evidence, { claimed, required: [] }))
  expect(verdict.verdict).toBe('UNDECIDED')
  expect(verdict.reasons).toContain(
    'no criterion was claimed but the checks before the load, so the load judged nothing',
  )
  const violated = { ...evidence, rules: { twice: counts(1, 1) } }
  expect(judgeRun(inputOf(violated, { claimed, required: [] })).verdict).toBe('FAIL')
})

it('a row of runs that was broken off is undecided, however well it began', () => {
  expect(worstOfRow(['PASS', 'PASS'], 2)).toBe('PASS')
  expect(worstOfRow(['PASS', 'PASS'], 3)).toBe('UNDECIDED')
  expect(worstOfRow(['PASS', 'FAIL'], 3)).toBe('FAIL')
})
