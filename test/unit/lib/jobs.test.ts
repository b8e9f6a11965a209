// Jobs: loads in simulated time, and evidence that actors bring finished.
import { describe, expect, test, vi } from 'vitest'
import type { RunData } from '../../../lib/drive/actor.ts'
import { makeWorld } from '../../../lib/drive/world.ts'
import { faultScenarios, job } from '../../../lib/drive/executors.ts'
import { hold, phase } from '../../../lib/plan/phase.ts'
import type { PhaseShape } from '../../../lib/plan/phase.ts'
import { makePlan, type Plan } from '../../../lib/plan/plan.ts'
import { checkActors } from '../../../lib/plan/plan-names.ts'
import type { Case, Load, System } from '../../../lib/plan/system.ts'
import { thresholdsOf } from '../../../lib/summary/k6-thresholds.ts'
import { EventLog } from '../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../scripts/nothing-brought.ts'
import { agrees, busy, bounded, criteria, errors, rate } from '../../../thresholds/limits.ts'
import type { Criterion, PhaseKind, Rule } from '../../../verdict/criterion.ts'
import { fold } from '../../../verdict/evidence-sum.ts'
import type { Counts, Evidence, ProcessEvidence } from '../../../verdict/evidence.ts'
import { judgeRun } from '../../../verdict/judge.ts'
import { counted, healthy, inputOf } from '../verdict/verdict-run.ts'

const added: { metric: string; n: number; tags: object }[] = []
vi.mock('k6', () => ({ sleep: () => undefined }))
vi.mock('k6/http', () => ({ default: {} }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/execution', () => ({ default: {} }))
vi.mock('k6/metrics', () => {
  class Metric {
    constructor(private readonly metric: string) {}
    add(n: number, tags: object): void {
      added.push({ metric: this.metric, n, tags })
    }
  }
  return { Counter: Metric, Trend: Metric }
})

const simulating: Load = {
  actor: 'forecaster',
  job: true,
  atMost: '90s',
  yields: { normal: { delivered: 4000 }, burst: { delivered: 100 } },
  requestsPerSecond: 3,
}
const forecast: Case = {
  id: 'shop/V1',
  scenario: 'sale',
  source: 'test',
  numbers: () => ({}),
  actors: () => [simulating],
  criteria: ['deliveries', 'orders', 'throughput', 'handles', 'processors', 'counts'],
  required: [],
}
const shop: System = {
  unit: 'buyers',
  cases: [forecast],
  criteria: criteria('shop.md', {
    deliveries: ['Late < 1 %', errors({ under: 0.01, in: 'normal', of: 'delivered' })],
    orders: ['Errors < 1 %', errors({ under: 0.01, in: 'normal', of: 'order' })],
    throughput: ['1/s', rate({ perSecond: 0.01, in: 'normal', of: 'delivered' })],
    handles: ['Handles do not grow', bounded({ in: 'normal' })],
    processors: ['Processors are idle', busy({ in: 'normal', under: 0.7 })],
    counts: ['It counts', agrees({ of: 'delivered', count: 'all', point: 'sold', within: 0, what: 'wrong' })],
  }),
  names: { steps: { order: {} }, observations: { delivered: {} }, tallies: [], points: ['sold'] },
  credentials: {},
  actorFaults: { strike: { what: '', during: '', after: '' } },
}
const day = phase('day', 'normal', hold(10, '24h'))
const planOf = (actors: Load[] = [simulating], shapes: PhaseShape[] = [day]): Plan =>
  makePlan({
    scenario: 'sale',
    systemName: 'shop',
    system: shop,
    definition: { ...forecast, actors: () => actors },
    profile: 'smoke',
    numbers: {},
    shapes,
    seed: 1,
  })

describe('a plan with a job', () => {
  test('has simulated phases, and takes as long as the job may', () => {
    const { clock, jobs, phases, driveSeconds, epochs, peakPerSecond, segments, residents } = planOf()
    expect({ clock, jobs, driveSeconds, peakPerSecond, segments, residents }).toEqual({
      clock: 'virtual',
      jobs: ['forecaster'],
      driveSeconds: 90,
      peakPerSecond: 3,
      segments: [],
      residents: [],
    })
    expect([phases[0]!.end, epochs]).toEqual([24 * 3600, [{ start: 0, end: 90 }]])
    expect(job(90)).toMatchObject({ vus: 1, iterations: 1, maxDuration: '90s', gracefulStop: '0s' })
  })

  test('claims what the job brings, and nothing that only real time has', () => {
    const { claimed, expected, notClaimed } = planOf()
    expect(Object.keys(claimed)).toEqual(['shop.deliveries', 'shop.throughput'])
    expect(expected['shop.deliveries']!.samples).toBe(4000)
    expect(notClaimed).toEqual([
      { id: 'shop.orders', why: 'judges real requests, and this load is simulated' },
      ...['handles', 'processors', 'counts'].map((id) => ({
        id: `shop.${id}`,
        why: 'judges real time, and this load is simulated',
      })),
    ])
  })

  test('is judged by k6 through its own counters alone, for it has no share of failed requests', () => {
    const metrics = Object.keys(thresholdsOf(planOf(), shop.names))
    expect(metrics).toContain('assay_bad{rule:shop.deliveries}')
    expect(metrics.filter((name) => name.startsWith('http_req_failed'))).toEqual([])
  })

  test('has no other loads beside it, and no faults but those of its own', () => {
    const user: Load = { actor: 'user', residents: 5 }
    expect(() => planOf([simulating, user])).toThrow(
      'shop/V1: the job "forecaster" lives in simulated time and "user" in real time; give each a case of its own',
    )
    const struck = (driver: string): PhaseShape[] => [
      phase('day', 'normal', hold(10, '24h'), { faults: [{ driver, target: 'road', settings: {} }] }),
    ]
    const plan = planOf([simulating], struck('strike'))
    expect(plan.faults).toHaveLength(1)
    // k6 would wait for its simulated time in real time.
    expect(faultScenarios(plan, { selectors: {} }, {})).toEqual([])
    expect(() => planOf([simulating], struck('crash'))).toThrow(
      'shop/V1: the fault crash road is injected in real time, and the job "forecaster" simulates',
    )
  })

  test('wants an actor that exists', () => {
    expect(() => checkActors(planOf(), { buyer: 1 })).toThrow('shop/V1 wants the unknown actor "forecaster"')
  })
})

const rules = { normal: { delivered: [['shop.deliveries', 0, null]] } }
const dataOf = (clock: RunData['clock']): RunData =>
  ({
    clock,
    driveSeconds: 90,
    levels: [],
    segments: {},
    phases: [{ name: 'day', kind: 'normal', start: 0, end: 86_400 }],
    rest: { name: 'settle', kind: 'warmup', start: 90, end: 130 },
    tallies: [],
    checks: rules,
    rates: {},
    agreements: {},
    promiseAccounts: {},
    target: { baseUrl: 'http://127.0.0.1' },
    record: true,
  }) as unknown as RunData

/** What an actor in a world of this clock tells the runner and k6. */
function told(clock: RunData['clock'], deed: (world: ReturnType<typeof makeWorld>) => void) {
  const lines: string[] = []
  const console = vi
    .spyOn(globalThis.console, 'info')
    .mockImplementation((line: string) => void lines.push(line))
  added.length = 0
  deed(makeWorld(dataOf(clock), 1_700_000_000_000, 0, 'forecaster'))
  console.mockRestore()
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('evidence that an actor brings', () => {
  test('is told with the clock of its plan, and counted in k6 where k6 can count it', () => {
    const [event, example] = told('virtual', (world) =>
      world.bring('delivered', 'normal', { type: 'counts', n: 700, bad: 2 }, [
        { t: world.at(3600), detail: 'late' },
      ]),
    )
    const evidence = { type: 'counts', n: 700, bad: 2, clock: 'virtual' }
    expect(event).toEqual({ event: 'evidence', of: 'delivered', kind: 'normal', evidence })
    expect(added).toEqual([
      { metric: 'assay_seen', n: 700, tags: { of: 'delivered', kind: 'normal' } },
      { metric: 'assay_bad', n: 2, tags: { rule: 'shop.deliveries' } },
    ])
    expect(example).toMatchObject({
      event: 'bad',
      t: 1_700_003_600_000,
      phase: 'day',
      rules: ['shop.deliveries'],
      detail: 'late',
    })
  })

  test('is of real time where the plan is', () => {
    const [event] = told('wall', (world) =>
      world.bring('delivered', 'normal', { type: 'counts', n: 1, bad: 0 }),
    )
    expect(event!['evidence']).toEqual({ type: 'counts', n: 1, bad: 0 })
  })

  test('leaves the requests of a job outside of all phases', () => {
    const world = makeWorld(dataOf('virtual'), Date.now(), 0, 'forecaster')
    expect([world.phase().name, makeWorld(dataOf('wall'), Date.now(), 0, 'x').phase().name]).toEqual([
      'settle',
      'day',
    ])
  })
})

/** A run of one rule, of which k6 counted something and this was brought, by kind. */
function runOf(
  rule: Rule,
  brought: [PhaseKind, Evidence][],
  k6?: Counts,
  other: Partial<ProcessEvidence> = {},
) {
  const one: Record<string, Criterion> = { one: { text: 'test', source: 'test', rules: [rule] } }
  const plan = { ...planOf(), claimed: one }
  const log = new EventLog([])
  log.t0 = 1_700_000_000_000
  for (const [kind, evidence] of brought)
    log.takeEvidence({ event: 'evidence', of: 'delivered', kind, evidence })
  const written = { ...counted(), rules: k6 === undefined ? {} : { one: k6 }, ...other }
  const evidence = completeEvidence(written, plan, log, nothingBrought)
  const input = { claimed: one, required: ['one'], clock: plan.clock }
  return { evidence, verdict: judgeRun(inputOf(evidence, input)) }
}
const counts = (n: number, bad: number): Counts & Evidence => ({ type: 'counts', n, bad, clock: 'virtual' })
const late: Rule = { judge: 'share', of: ['delivered'], in: ['normal'], limit: 0.01 }

describe('brought evidence in a verdict', () => {
  test('adds up, and is what the rule is judged by', () => {
    const { evidence, verdict } = runOf(
      late,
      [
        ['normal', counts(3000, 1)],
        ['burst', counts(50, 50)],
        ['normal', counts(1000, 2)],
      ],
      counts(4000, 3),
    )
    expect(evidence.rules['one']).toEqual(counts(4000, 3))
    expect(verdict).toMatchObject({ verdict: 'PASS', clock: 'virtual' })
    expect(verdict.phases[0]!.end - verdict.phases[0]!.start).toBe(86_400_000)
  })

  test('compares two kinds of phases by their rates, or by their histograms', () => {
    const ratio: Rule = {
      judge: 'ratio',
      of: 'delivered',
      per: 'second',
      now: { in: 'burst' },
      before: { in: 'normal' },
      least: 0.5,
    }
    const rateOf = (events: number): Evidence => ({ type: 'rate', events, exposure: 100 })
    const both: [PhaseKind, Evidence][] = [
      ['normal', rateOf(9000)],
      ['burst', rateOf(8000)],
    ]
    expect(runOf(ratio, both).verdict.verdict).toBe('PASS')
    expect(runOf(ratio, both.slice(0, 1)).verdict.verdict).toBe('UNDECIDED')
    const same: Rule = {
      ...ratio,
      now: { in: 'normal', which: 'last' },
      before: { in: 'normal', which: 'first' },
    }
    expect(runOf(same, both).verdict.line).toContain('brought evidence tells kinds of phases apart')
    const slower: Rule = { ...ratio, judge: 'slower', p: 95, most: 1.5 } as Rule
    const histogram: Evidence = { type: 'histogram', growth: 1.05, buckets: { 80: 5000 } }
    expect(
      runOf(slower, [
        ['normal', histogram],
        ['burst', histogram],
      ]).verdict.verdict,
    ).toBe('PASS')
    expect(runOf(slower, [['normal', histogram], both[1]!]).verdict.line).toContain(
      'expected two rates or two histograms to compare, got rate and histogram',
    )
  })

  test('is INVALID where a part of it was lost, or does not fit', () => {
    expect(runOf(late, [['normal', counts(3000, 1)]], counts(4000, 3)).verdict.line).toContain(
      'got 1 bad of 3000 brought and 3 of 4000 counted: a part of the evidence was lost',
    )
    const mixed: [PhaseKind, Evidence][] = [
      ['normal', counts(4000, 0)],
      ['normal', { type: 'counts', n: 4000, bad: 0 }],
    ]
    expect(runOf(late, mixed, counts(4000, 0)).verdict).toMatchObject({
      verdict: 'INVALID',
      reasons: [expect.stringContaining('different clocks: virtual and wall')],
    })
  })

  test('is UNDECIDED where the job was ended before it had brought it', () => {
    const { verdict } = runOf(late, [], undefined, { complete: false })
    expect(verdict.verdict).toBe('UNDECIDED')
    expect(verdict.reasons[0]).toContain('a job was ended before it had simulated the whole plan')
  })

  test('never becomes a rate of real time', () => {
    const rule: Rule = { judge: 'rate', of: ['delivered'], in: ['normal'], least: 10 }
    expect(runOf(rule, []).verdict.verdict).toBe('UNDECIDED')
    expect(runOf(rule, [['normal', { type: 'rate', events: 2000, exposure: 100 }]]).verdict.verdict).toBe(
      'PASS',
    )
  })
})

describe('a generator that was slow or late', () => {
  const slow = { ...healthy().generator, lag: { n: 1000, over: 500, p99Ms: 300 } }
  const verdictOf = (clock: 'virtual' | undefined, late: string[] = []) => {
    const evidence = healthy()
    const rules = Object.fromEntries(
      Object.entries(evidence.rules).map(([key, one]) => [
        key,
        clock === undefined ? one : { ...one, clock },
      ]),
    )
    const generator = late.length === 0 ? slow : evidence.generator
    return judgeRun(inputOf({ ...evidence, rules, generator }, { late })).verdict
  }

  test('spoils what was measured in real time, and nothing that was simulated', () => {
    expect([verdictOf(undefined), verdictOf('virtual')]).toEqual(['INVALID', 'PASS'])
    expect([verdictOf(undefined, ['shard 2 was late']), verdictOf('virtual', ['shard 2 was late'])]).toEqual([
      'INVALID',
      'PASS',
    ])
  })

  test('is no excuse for code that broke down', () => {
    const generator = { ...healthy().generator, exceptions: 1 }
    const rules = { one: counts(4000, 0) }
    const claimed = { one: { text: 'test', source: 'test', rules: [late] } }
    const verdict = judgeRun(inputOf({ ...healthy(), rules, generator }, { claimed, required: [] }))
    expect(verdict.line).toMatch(/^INVALID 1 of 1: the scenario's own code threw 1 times/)
  })

  test('spoils what is real where the other rules are simulated', () => {
    const evidence = healthy()
    const rules = { ...evidence.rules, errors: { ...evidence.rules['errors']!, clock: 'virtual' as const } }
    const { criteria: judged } = judgeRun(inputOf({ ...evidence, rules, generator: slow }))
    const statusOf = (id: string) => judged.find((one) => one.id === id)!.status
    expect([statusOf('errors'), statusOf('latency')]).toEqual(['PASS', 'INVALID'])
  })
})

test('evidence of one clock adds up, and of two does not', () => {
  expect(fold(counts(1, 0), counts(2, 1))).toEqual(counts(3, 1))
  expect(fold(counts(1, 0), { type: 'counts', n: 2, bad: 0 })).toBe(
    'parts bring evidence of different clocks: virtual and wall',
  )
})
