// Lies told together: what one of them hides from one rule must not be met by another. Each thing that a pool does with tasks, with
// each that it says of them, and each way in which it may spoil what can be seen; and honest pools in the same trouble.
import { describe, expect, test } from 'vitest'
import { joinedCounts } from '../../../../scripts/evidence/joined.ts'
import { cocoon } from '../../../../thresholds/cocoon.ts'
import { isJoined, ruleKey, type Criterion } from '../../../../verdict/criterion.ts'
import type { Evidence } from '../../../../verdict/evidence.ts'
import { judgeRun } from '../../../../verdict/judge.ts'
import type { Shown } from '../../../../verdict/oracles/waits/history.ts'
import { waits } from '../../../../verdict/oracles/waits/oracle.ts'
import type { Status } from '../../../../verdict/verdict.ts'
import { counts, healthy, inputOf } from '../../../unit/verdict/verdict-run.ts'
import { toldOf, waitsIn, type SimulatedPool } from './simulated-waits.ts'

const latencies = ['allocation.latency-normal', 'target.allocation-p95'] as const
const { 'allocation.queue': queue, 'allocation.records': records } = cocoon
const claimed: Record<string, Criterion> = {
  ...Object.fromEntries(latencies.map((id) => [id, cocoon[id]])),
  'allocation.records': records,
  // Of the queue what was seen of idle workers; the rest takes looks at it, and a burst.
  'allocation.queue': { ...queue, rules: queue.rules.filter(({ of }) => of === 'seen-idle') },
}

/** What becomes of the criteria where nothing that k6 counts is wrong. */
function judged(pool: SimulatedPool): Record<string, Status> {
  const check = waits.begin().check({ lastAt: 0 })!
  for (const entry of toldOf(pool)) check.add(entry)
  check.findings()
  const samples = check.joined!()
  const rules: Record<string, Evidence> = {}
  for (const [id, criterion] of Object.entries(claimed))
    for (const [index, rule] of criterion.rules.entries())
      rules[ruleKey(id, index)] = isJoined(rule)
        ? joinedCounts(rule, ruleKey(id, index), samples, []).counts
        : counts(400, 0)
  const { criteria } = judgeRun(inputOf({ ...healthy(), rules }, { claimed, required: [] }))
  return Object.fromEntries(criteria.map(({ id, status }) => [id, status]))
}

const inFive = (index: number): boolean => index % 5 === 0

/** For how long a pool keeps a task, while there are always able workers who do nothing. */
const deeds: Record<string, NonNullable<SimulatedPool['holdsMs']>> = {
  'keeps all for 3 s': () => 3000,
  'keeps one in five for 1.5 s': (index) => (inFive(index) ? 1500 : 0),
  'keeps all for 300 ms': () => 300,
  'keeps all for 120 ms': () => 120,
}

/** Criteria that are broken by what became of the tasks, clearly enough that nobody may call them met. */
function brokenBy(pool: SimulatedPool): string[] {
  const waited = waitsIn(pool)
  const share = (ms: number): number => waited.filter((wait) => wait >= ms).length / waited.length
  return [
    ...(share(100) > 0.1 ? ['allocation.latency-normal'] : []),
    ...(share(50) > 0.1 ? ['target.allocation-p95'] : []),
    ...(share(1000) > 0 ? ['allocation.queue'] : []),
  ]
}

const words: Record<string, (truth: Shown, index: number) => Shown> = {
  'the truth': (truth) => truth,
  'that nobody waited for it': (truth) => ({ ...truth, ableIdleMs: 0 }),
  'that somebody waited for less than nothing': (truth) => ({ ...truth, ableIdleMs: -truth.ableIdleMs! }),
  'nothing of who waited': (truth) => ({ ...truth, ableIdleMs: null }),
  'assigned when accepted': (truth) => ({ ...truth, ableIdleMs: 0, assignedAt: truth.acceptedAt }),
  'assigned when accepted, of one in five': (truth, index) =>
    inFive(index) ? { ...truth, ableIdleMs: 0, assignedAt: truth.acceptedAt } : truth,
  'accepted when assigned': (truth) => ({ ...truth, ableIdleMs: 0, acceptedAt: truth.assignedAt }),
  'assigned a second before accepted': (truth) => ({ ...truth, assignedAt: truth.acceptedAt - 1000 }),
  'that somebody else did it': (truth) => ({ ...truth, ableIdleMs: 0, doneBy: 'worker-0' }),
  'of two assignments': (truth) => ({ ...truth, ableIdleMs: 0, attempts: 2 }),
}

/** By how much answers are late. */
const delays: Record<string, NonNullable<SimulatedPool['lateMs']>> = {
  'on time': () => 0,
  'one in six 0.7 s late': (_, index) => (index % 6 === 0 ? 700 : 0),
  'all 0.7 s late': () => 700,
  'all 90 ms late': () => 90,
  'late for submissions, by 0.7 s': (of) => (of === 'submit' ? 700 : 0),
  'late for submissions, by 90 ms': (of) => (of === 'submit' ? 90 : 0),
  'late for one submission in ten, by 3 s': (of, index) => (of === 'submit' && index % 10 === 0 ? 3000 : 0),
  'late by 1 s for a second in five': (_, index) => (index % 100 < 20 ? 1000 : 0),
}
/** To a worker that waits for a task this is no delay of an answer: it gets the task later. */
const latePolls = (of: 'submit' | 'poll'): number => (of === 'poll' ? 90 : 0)

/** For how long a task takes its worker: one in eight is at work, or six in ten. */
const work: Record<string, number> = { 'hardly anything to do': 60, 'a lot to do': 300 }

describe.each(Object.entries(deeds))('a pool that %s', (_deed, holdsMs) => {
  describe.each(Object.entries(words))('and says %s', (_word, says) => {
    test.each(Object.entries({ ...delays, 'late for polls': latePolls }))(
      'has met nothing that it broke where answers are %s',
      (_delay, lateMs) => {
        for (const [name, workMs] of Object.entries(work)) {
          const pool = { holdsMs, says, lateMs, workMs }
          const found = judged(pool)
          for (const id of brokenBy(pool)) expect(found[id], `${id}, workers with ${name}`).not.toBe('PASS')
        }
      },
    )
  })
})

test('most of these break something', () => {
  const broken = Object.values(deeds).flatMap((holdsMs) =>
    Object.values(delays).map((lateMs) => brokenBy({ holdsMs, lateMs }).length),
  )
  expect(broken.filter((count) => count > 0).length).toBeGreaterThan(0.7 * broken.length)
})

describe('an honest pool', () => {
  test.each(Object.entries(work))('has met its limits where workers have %s', (_, workMs) => {
    expect(judged({ workMs })).toEqual(Object.fromEntries(Object.keys(claimed).map((id) => [id, 'PASS'])))
  })

  test.each(Object.entries(delays))('breaks none where answers are %s', (_, lateMs) => {
    for (const [name, workMs] of Object.entries(work))
      for (const [id, status] of Object.entries(judged({ lateMs, workMs })))
        expect(status, `${id}, workers with ${name}`).not.toBe('FAIL')
  })
})
