// A rate that holds in every stretch of ten seconds: what a virtual user tells of it, what evidence it makes, and what it shows.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { readEvent } from '../../../lib/drive/events.ts'
import { EventLog } from '../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../scripts/evidence/evidence.ts'
import type { Rule } from '../../../verdict/criterion.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Rate } from '../../../verdict/evidence.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import { nothingBrought } from '../scripts/nothing-brought.ts'
import { planOf } from '../scripts/runner-plan.ts'
import { counted } from './verdict-run.ts'

const rule: Rule = { judge: 'rate', of: ['look'], in: ['peak'], least: 100, windowSeconds: 10 }

const found = (...counts: number[]): Rate => ({
  type: 'rate',
  events: counts.reduce((sum, n) => sum + n, 0),
  exposure: 10 * counts.length,
  windows: Object.fromEntries(counts.map((n, index) => [10 * index, n])),
})

describe('its verdict', () => {
  test.each<[string, Rate, string, RegExp]>([
    [
      'all are fast enough',
      found(2000, 1200),
      'PASS',
      /^at least 11\d.* in the slowest of 2 stretches of 10 s/,
    ],
    [
      'one is slow, though all together are not',
      found(5000, 600, 5000),
      'FAIL',
      /^at most 6\d.* needed in each$/,
    ],
    ['the slowest is near the limit', found(2000, 1001), 'UNDECIDED', /^between .* too near to it to tell$/],
    ['none was seen whole', { ...found(), exposure: 5 }, 'UNDECIDED', /no stretch of 10 s/],
  ])('where %s', (_, rate, status, reason) => {
    expect(judgeRule(rule, rate, 1)).toMatchObject({
      status,
      reason: expect.stringMatching(reason) as string,
    })
  })

  test('needs more to be FAIL, the more stretches there are', () => {
    const slow = (others: number): Rate => found(945, ...Array<number>(others).fill(2000))
    expect(judgeRule(rule, slow(0), 1).status).toBe('FAIL')
    expect(judgeRule(rule, slow(30), 1).status).toBe('UNDECIDED')
  })

  test('is that of the sum of all processes', () => {
    const both = fold(found(600, 700), found(600, 700)) as Rate
    expect(both).toMatchObject({ events: 2600, windows: { 0: 1200, 10: 1400 } })
    expect(judgeRule(rule, both, 1).status).toBe('PASS')
  })
})

test('its evidence has each whole stretch of a judged phase but the last one, with nothing where nobody told of any', () => {
  const plan = planOf([{ kind: 'peak', seconds: 45 }], {
    one: { text: 'test', source: 'test', rules: [rule] },
  })
  const log = new EventLog([])
  log.t0 = 1_000_003_000
  const told: [from: number, n: number][] = [
    [1_000_000, 70],
    [1_000_010, 1100],
    [1_000_030, 1200],
    [1_000_040, 50],
  ]
  log.answers.set('one', new Map(told))
  const written = { ...counted(), ended: 1_000_048_000, byPhase: [] }
  written.rules = { one: { type: 'counts', n: 2420, bad: 0 } }
  expect(completeEvidence(written, plan, log, nothingBrought).rules['one']).toEqual({
    type: 'rate',
    events: 2420,
    exposure: 45,
    windows: { 1_000_010: 1100, 1_000_020: 0 },
  })
})

describe('a virtual user', () => {
  afterEach(() => vi.useRealTimers())

  test('tells of a stretch with the first answer after it', async () => {
    const { countInWindow } = await import('../../../lib/drive/answer-windows.ts')
    const lines: string[] = []
    vi.spyOn(console, 'info').mockImplementation((line: string) => void lines.push(line))
    vi.useFakeTimers()
    for (const [second, n] of [
      [1003, 1],
      [1009, 2],
      [1010, 4],
      [1031, 8],
    ] as const) {
      vi.setSystemTime(second * 1000)
      countInWindow('one', 10, n)
    }
    expect(lines.map((line) => readEvent(JSON.stringify({ msg: line })))).toEqual([
      { event: 'answers', of: 'one', from: 1000, n: 3 },
      { event: 'answers', of: 'one', from: 1010, n: 4 },
    ])
  })
})
