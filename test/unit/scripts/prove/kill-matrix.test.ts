// The kill matrix of several systems: what is proved of one leaves what is known of the others.
import { expect, test } from 'vitest'
import type { Death } from '../../../../scripts/prove/deaths.ts'
import {
  enter,
  enterCleanRun,
  enterDeaths,
  forgetCleanRuns,
  markdown,
  noProof,
} from '../../../../scripts/prove/kill-matrix.ts'
import type { Row } from '../../../../scripts/prove/kill-matrix.ts'
import type { CriterionVerdict, Status } from '../../../../verdict/verdict.ts'

const row = (system: string, reason: string): Row => ({
  name: 'cold',
  criterion: `${system}.sale.errors`,
  case: `${system}/S1`,
  profile: 'kill',
  caught: true,
  also_red: [],
  status: 'FAIL',
  reason,
  began: '2026-01-01T00:00:00.000Z',
  seconds: 9,
})

test('defects of one name in two systems have a row each, which proving it again replaces', () => {
  const matrix = noProof()
  enter(matrix, row('bakery', 'old'))
  enter(matrix, row('shop', 'its own'))
  enter(matrix, row('bakery', 'new'))
  expect(matrix.defects.map(({ criterion, reason }) => [criterion, reason])).toEqual([
    ['shop.sale.errors', 'its own'],
    ['bakery.sale.errors', 'new'],
  ])
  const lines = markdown(matrix).split('\n')
  expect(lines.filter((line) => line.startsWith('| cold |'))).toEqual([
    expect.stringContaining('| shop.sale.errors | shop/S1 kill | yes |'),
    expect.stringContaining('| bakery.sale.errors | bakery/S1 kill | yes |'),
  ])
})

const death = (id: string, seconds: number): Death => ({
  killed: 'k6',
  case: id,
  fault: 'reset',
  seconds,
  left: [],
})

test('runs that are killed take the place of those of their own system alone', () => {
  const matrix = noProof()
  enterDeaths(matrix, ['bakery', 'shop'], [death('bakery/F1', 1), death('shop/F1', 2)])
  enterDeaths(matrix, ['shop'], [death('shop/F2', 3)])
  expect(matrix.deaths!.map(({ case: id }) => id)).toEqual(['bakery/F1', 'shop/F2'])
  expect(markdown(matrix)).toContain('k6 killed in bakery/F1 (reset): clean after 1 s')
})

const clean = (system: string, verdict: Status) => ({
  system,
  verdict,
  criteria: [{ id: `${system}.sale.errors`, status: verdict } as CriterionVerdict],
})

test('clean runs take the place of those of their own system alone, and are counted together', () => {
  const matrix = noProof()
  for (const status of ['PASS', 'FAIL'] as const) enterCleanRun(matrix, clean('bakery', status))
  enterCleanRun(matrix, clean('shop', 'INVALID'))
  forgetCleanRuns(matrix, ['shop'])
  enterCleanRun(matrix, clean('shop', 'PASS'))
  expect(matrix.clean_runs).toEqual({
    runs: 3,
    pass: 2,
    fail: 1,
    undecided: 0,
    invalid: 0,
    alarms: { 'bakery.sale.errors': 1 },
  })
  expect(markdown(matrix)).toContain('- bakery: 2 clean runs: PASS 1, FAIL 1, UNDECIDED 0, INVALID 0; ')
  expect(markdown(matrix)).toContain('- shop: 1 clean runs: PASS 1, FAIL 0, UNDECIDED 0, INVALID 0; ')
})
