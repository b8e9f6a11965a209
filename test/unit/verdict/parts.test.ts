import { describe, expect, it } from 'vitest'
import type { Criterion, Rule } from '../../../verdict/criterion.ts'
import type { PhaseRow, ProcessEvidence } from '../../../verdict/evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { counted, healthy, inputOf, merged } from './verdict-run.ts'

const part = (shard: number, of = 2): ProcessEvidence => ({ ...counted(), shard, of })

describe('rows by phase', () => {
  const row = (phase: string, requests: number, other: Partial<PhaseRow> = {}): PhaseRow => ({
    phase,
    kind: 'normal',
    level: 10,
    seconds: 60,
    offered: 5,
    completed: 4,
    inTime: 3,
    dropped: 2,
    groups: { api: { requests, dropped: 2 } },
    bad: { latency: 1 },
    ...other,
  })
  it('give the verdict the capacity of a run of steps', () => {
    const byPhase = [1, 2, 3].map((step) => row(`step ${step}`, 1000, { level: 10 * step }))
    const judged = judgeRun(inputOf({ ...healthy(), byPhase }))
    expect(judged.capacity?.steps.map(({ phase: name }) => name)).toEqual(['step 1', 'step 2', 'step 3'])
    expect(judgeRun(inputOf({ ...healthy(), byPhase: byPhase.slice(1) }))).not.toHaveProperty('capacity')
  })

  it('give none where there are none', () => {
    expect(judgeRun(inputOf(healthy()))).not.toHaveProperty('capacity')
  })
})

describe('a part that missed the common start', () => {
  const after = (late: number) => merged([part(1, 3), { ...part(2, 3), late }, part(3, 3)])

  it('is named, and makes the run INVALID', () => {
    const { evidence, reasons, late } = after(3200)
    expect([reasons, late]).toEqual([[], ['shard 2 of 3 began 3.2 s after the common start']])
    expect(judgeRun(inputOf(evidence, { late })).verdict).toBe('INVALID')
    expect(evidence).not.toHaveProperty('late')
  })

  it('is forgiven a second', () => expect(after(1000).late).toEqual([]))
})

describe('the words of a verdict', () => {
  const comparison = {
    now: { in: 'normal', which: 'last quarter' },
    before: { in: 'normal', which: 'first quarter' },
  } as const
  const window = { seconds: 10, limit: 0.001 }
  const rules: [Rule, limit: string, value: number, phase: string][] = [
    [{ judge: 'rate', of: ['result'], in: ['peak'], least: 100 }, 'at least 100 per second', 100, 'peak'],
    [
      {
        judge: 'ratio',
        of: 'completed',
        per: 'level',
        now: { in: 'overload' },
        before: { in: 'normal', which: 'best' },
        least: 0.8,
      },
      'completed per second and unit of load at least 0.8 times that of best of normal',
      0.8,
      'overload against best of normal',
    ],
    [
      { judge: 'slower', of: 'api', p: 95, most: 1.2, ...comparison },
      'P95 of api at most 1.2 times that of first quarter of normal',
      1.2,
      'last quarter of normal against first quarter of normal',
    ],
    [
      { judge: 'leak', of: 'memory', in: ['normal'], mbPerHour: 0.3 },
      'memory grows at most 0.3 MB/h',
      0.3,
      'normal',
    ],
    [
      { judge: 'cost', of: 'cpu-per-work', in: ['normal'], within: 0.2 },
      'CPU per piece of work at most 1.2 times that of the first quarter',
      1.2,
      'normal',
    ],
    [
      { judge: 'bounded', of: 'handles', in: ['normal'] },
      'open files and connections do not grow',
      0,
      'normal',
    ],
    [
      { judge: 'busy', of: 'cpu', in: ['normal'], under: 0.7 },
      'CPU of each service < 70 % of what it may use',
      70,
      'normal',
    ],
    [
      {
        judge: 'agrees',
        of: 'api',
        count: 'bad',
        point: 'errors',
        within: 0.01,
        what: 'wrong',
        in: ['normal'],
      },
      'errors agrees with api (bad), 1 % apart at most',
      1,
      'the whole run',
    ],
    [
      { judge: 'never', of: 'alive', in: ['peak'], floor: 1, what: 'too few workers', least: 1000 },
      'never: too few workers (at least 1000)',
      0,
      'peak',
    ],
    [
      { judge: 'recovery', of: ['a', 'b'], after: 'overload', withinSeconds: 60 },
      'a, b back to normal within 60 s',
      60,
      'after overload',
    ],
    [
      { judge: 'recovery', of: ['a'], after: 'peak', withinSeconds: 60, window },
      'requests back to normal (10 s with at most 0.1 % failed) within 60 s',
      60,
      'after peak',
    ],
    [
      { judge: 'recovery', of: ['a'], after: 'peak', withinSeconds: 60, window: { ...window, overMs: 500 } },
      'requests back to normal (10 s with at most 0.1 % over 500 ms or failed) within 60 s',
      60,
      'after peak',
    ],
  ]

  it.each(rules)('%o', (rule, limit, value, phase) => {
    const claimed: Record<string, Criterion> = { one: { text: '', source: '', rules: [rule] } }
    const [found] = judgeRun(inputOf({ ...healthy(), rules: {} }, { claimed, required: [] })).criteria
    expect(found).toMatchObject({
      limit,
      limit_value: value,
      phase,
      status: 'UNDECIDED',
      observed: 'nothing',
    })
  })

  it('begin the witness of a comparison with what it compares', () => {
    const evidence = healthy()
    evidence.rules = { one: { type: 'histogram-pair', now: of(2000), before: of(10) } }
    const claimed: Record<string, Criterion> = { one: { text: '', source: '', rules: [rules[2]![0]] } }
    const [found] = judgeRun(inputOf(evidence, { claimed, required: [] })).criteria
    expect(found?.status).toBe('FAIL')
    expect(found?.witness?.first).toBe(evidence.phases.find(({ kind }) => kind === 'normal')?.start)
  })
  const of = (bucket: number) => ({ growth: 1.02, buckets: { [bucket]: 1000 } })
})
