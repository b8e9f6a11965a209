// What only the runner knows of a run: its phases one by one, the sides of a comparison, seconds, and tasks over time.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResourceSample } from '../../../../keeper/service.ts'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { completeEvidence } from '../../../../scripts/evidence/evidence.ts'
import { nothingBrought } from '../nothing-brought.ts'
import { generatorCpu } from '../../../../scripts/evidence/generator-cpu.ts'
import { phasesOf } from '../../../../scripts/evidence/phase-rows.ts'
import { Points } from '../../../../scripts/evidence/points.ts'
import { blockSecondsFor, workByBlock } from '../../../../scripts/evidence/work-blocks.ts'
import type { Criterion, PhaseKind, Rule, Side } from '../../../../verdict/criterion.ts'
import type {
  Counts,
  PhaseCounts,
  PhaseRow,
  ProcessEvidence,
  RunEvidence,
} from '../../../../verdict/evidence.ts'
import { planOf } from '../runner-plan.ts'
import type { FaultVerdict } from '../../../../verdict/verdict.ts'
import { counted, someFault } from '../../verdict/verdict-run.ts'

const t0 = 1_700_000_000_000
const criterion = (...rules: Rule[]): Criterion => ({ text: 'test', source: 'test', rules })

/** What was tallied in a phase: so many values in a bucket. */
function tallied(log: EventLog, of: string, phase: string, bucket: number, n: number): void {
  const phases = log.tallies.get(of) ?? new Map<string, { growth: number; buckets: Record<string, number> }>()
  log.tallies.set(of, phases)
  const histogram = phases.get(phase) ?? { growth: 1.05, buckets: {} }
  phases.set(phase, histogram)
  histogram.buckets[bucket] = (histogram.buckets[bucket] ?? 0) + n
}

const row = (phase: string, kind: PhaseKind, requests: number): PhaseCounts => ({
  phase,
  kind,
  groups: { api: { requests, dropped: 3 } },
  dropped: 3,
})

const wholeRow = (phase: string, kind: PhaseKind, requests = 0): PhaseRow => ({
  ...row(phase, kind, requests),
  level: 0,
  seconds: 0,
  offered: 0,
  completed: 0,
  inTime: 0,
  bad: {},
})

/** The evidence of one rule, on a plan of the given phases, each of which had as many requests as it has seconds. */
function evidenceOf(
  rule: Rule,
  stretches: Parameters<typeof planOf>[0],
  {
    counts,
    tell = () => undefined,
    endedSeconds = 1000,
    faults = [],
  }: {
    counts?: Counts
    tell?: (log: EventLog) => void
    endedSeconds?: number
    faults?: FaultVerdict[]
  } = {},
): RunEvidence {
  const plan = planOf(stretches, { one: criterion(rule) })
  const log = new EventLog([])
  log.t0 = t0
  tell(log)
  const written: ProcessEvidence = {
    ...counted(),
    ended: t0 + endedSeconds * 1000,
    rules: counts === undefined ? {} : { one: counts },
    byPhase: plan.phases.map(({ name, kind, start, end }) => row(name, kind, end - start)),
  }
  return completeEvidence(written, plan, log, { ...nothingBrought, faults })
}

const twoSteps = [
  { kind: 'normal' as const, seconds: 10, workers: 2, perSecond: 5 },
  { kind: 'normal' as const, seconds: 20, workers: 8, perSecond: 20 },
]

describe('a run phase by phase', () => {
  const rate: Rule = { judge: 'rate', of: ['result'], in: ['normal'], least: 1 }

  test('has plan, requests, tallies and broken rules side by side', () => {
    const { byPhase } = evidenceOf(rate, twoSteps, {
      tell: (log) => {
        tallied(log, 'completed', 'normal-2', 40, 380)
        tallied(log, 'in-time', 'normal-2', 40, 300)
        log.badByPhase.set('normal-2', new Map([['one', 4]]))
      },
    })
    expect(byPhase).toEqual([
      { ...wholeRow('normal-1', 'normal', 10), level: 2, seconds: 10, offered: 50 },
      {
        ...wholeRow('normal-2', 'normal', 20),
        level: 8,
        seconds: 20,
        offered: 400,
        completed: 380,
        inTime: 300,
        dropped: 3,
        bad: { one: 4 },
      },
    ])
  })

  test('that was cut short has what was offered until then, and no row of what never began', () => {
    expect(evidenceOf(rate, twoSteps, { endedSeconds: 15 }).byPhase![1]).toMatchObject({
      seconds: 5,
      offered: 100,
    })
    expect(evidenceOf(rate, twoSteps, { endedSeconds: 9 }).byPhase).toHaveLength(1)
  })
})

test('a run of several processes begins at their common start, not when they were started', () => {
  const plan = planOf(twoSteps)
  const log = new EventLog([])
  log.t0 = t0
  const written = { ...counted(), started: t0 - 9000, ended: t0 + 30_000 }
  const startedOf = (names: string[]): number =>
    completeEvidence(written, plan, log, { ...nothingBrought, names }).started
  expect([startedOf(['k6-1', 'k6-2']), startedOf(['k6'])]).toEqual([t0, t0 - 9000])
})

describe('the sides of a comparison', () => {
  const rows = (...seconds: number[]): PhaseRow[] =>
    seconds.map((length, index) => ({
      ...wholeRow(String(index + 1), 'normal'),
      seconds: length,
      completed: index % 3,
    }))
  const names = (side: Omit<Side, 'in'>, of: PhaseRow[]): string =>
    phasesOf({ in: 'normal', ...side }, of, (one) => one.completed / one.seconds)
      .map(({ phase }) => phase)
      .join()

  test.each<[NonNullable<Side['which']> | undefined, string]>([
    [undefined, '1,2,3,4,5,6,7,8'],
    ['first', '1'],
    ['last', '8'],
    ['best', '3'],
    ['first quarter', '1,2'],
    ['last quarter', '7,8'],
  ])('%s of eight phases', (which, expected) => {
    const eight = rows(10, 10, 10, 10, 10, 10, 10, 10)
    expect(names(which === undefined ? {} : { which }, eight)).toBe(expected)
  })

  test('are the first and last phase where there are too few, or where one is too long, for quarters', () => {
    expect([
      names({ which: 'first quarter' }, rows(5, 5, 5)),
      names({ which: 'last quarter' }, rows(5, 5, 5)),
    ]).toEqual(['1', '3'])
    expect(names({ which: 'first quarter' }, rows(60, 10, 10, 10))).toBe('1')
    expect(names({ which: 'last quarter' }, rows(10, 10, 10, 60))).toBe('4')
  })

  test('know phases of their own kind only', () => {
    const peak = { ...wholeRow('surge', 'peak'), seconds: 10 }
    expect(phasesOf({ in: 'peak' }, [...rows(10), peak], () => 1)).toEqual([peak])
    expect(phasesOf({ in: 'burst', which: 'last quarter' }, rows(1, 1, 1, 1), () => 1)).toEqual([])
  })
})

describe('the evidence of a rule', () => {
  test('rate: good ones over the judged seconds', () => {
    const rule: Rule = { judge: 'rate', of: ['result'], in: ['normal'], least: 1 }
    const counts: Counts = { type: 'counts', n: 500, bad: 20 }
    expect(evidenceOf(rule, twoSteps, { counts }).rules['one']).toEqual({
      type: 'rate',
      events: 480,
      exposure: 30,
    })
  })

  test('ratio: each side by its own workers and seconds', () => {
    const side = (which: 'first' | 'last') => ({ in: 'normal' as const, which })
    const rule: Rule = {
      judge: 'ratio',
      of: 'completed',
      per: 'level',
      now: side('last'),
      before: side('first'),
      least: 1,
    }
    const tell = (log: EventLog): void => {
      tallied(log, 'completed', 'normal-1', 3, 50)
      tallied(log, 'completed', 'normal-2', 3, 390)
    }
    expect(evidenceOf(rule, twoSteps, { tell }).rules['one']).toEqual({
      type: 'rate-pair',
      now: { events: 390, exposure: 160 },
      before: { events: 50, exposure: 20 },
    })
  })

  test('slower: the histograms of both sides, or nothing where nothing was tallied', () => {
    const side = (which: 'first' | 'last') => ({ in: 'normal' as const, which })
    const rule: Rule = {
      judge: 'slower',
      of: 'api',
      now: side('last'),
      before: side('first'),
      p: 95,
      most: 2,
    }
    const tell = (log: EventLog): void => tallied(log, 'api', 'normal-2', 7, 9)
    expect(evidenceOf(rule, twoSteps, { tell }).rules['one']).toEqual({
      type: 'histogram-pair',
      now: { growth: 1.05, buckets: { '7': 9 } },
      before: { growth: 1.05, buckets: {} },
    })
    expect(evidenceOf(rule, twoSteps).rules['one']).toBeUndefined()
  })

  test('recovery: the first good window after the phase before, by the seconds of the bad ones', () => {
    const rule: Rule = {
      judge: 'recovery',
      of: ['submit'],
      after: 'peak',
      withinSeconds: 60,
      window: { seconds: 10, limit: 0.05 },
    }
    const peak = [
      { kind: 'normal' as const, seconds: 10 },
      { kind: 'peak' as const, seconds: 10 },
      { kind: 'recovery' as const, seconds: 60 },
    ]
    const tell = (log: EventLog): void => {
      const seconds = Array.from({ length: 15 }, (_, index): [number, number] => [t0 / 1000 + 20 + index, 11])
      log.badSeconds.set('one', new Map(seconds))
    }
    const counts: Counts = { type: 'counts', n: 1200, bad: 165 }
    const from = t0 + 20_000
    expect(evidenceOf(rule, peak, { counts, tell }).rules['one']).toEqual({
      type: 'event',
      from,
      at: from + 15_000,
      watchedUntil: t0 + 80_000,
    })
    const cut = evidenceOf(rule, peak, { counts, tell, endedSeconds: 40 })
    expect(cut.rules['one']).toMatchObject({ at: null, watchedUntil: t0 + 40_000 })
  })

  test("share: each second gets its phase's part of the observations, by the requests of the phases", () => {
    const rule: Rule = { judge: 'share', of: ['submit'], in: ['normal'], limit: 0.1 }
    const { blocks } = evidenceOf(rule, twoSteps, { counts: { type: 'counts', n: 300, bad: 0 } }).rules[
      'one'
    ] as Counts
    const sum = Object.values(blocks!).reduce((total, [n]) => total + n, 0)
    expect(sum).toBeCloseTo(300)
    expect(blocks![t0 / 1000]![0]).toBeCloseTo(10)
  })
})

describe('recovery from faults', () => {
  const rule: Rule = {
    judge: 'recovery',
    of: ['submit'],
    after: 'fault',
    withinSeconds: 60,
    window: { seconds: 10, limit: 0.05 },
  }
  const at = (second: number): number => t0 + second * 1000
  const fault = (start: number, end: number): FaultVerdict => ({
    ...someFault,
    start: at(start),
    end: at(end),
  })
  /** Twenty seconds of peace, a fault phase, a pause, another fault phase, and the rest. */
  const chaos = [
    { kind: 'normal' as const, seconds: 20 },
    { kind: 'fault' as const, seconds: 20 },
    { kind: 'recovery' as const, seconds: 20 },
    { kind: 'fault' as const, seconds: 20 },
    { kind: 'recovery' as const, seconds: 60 },
  ]
  /** Every request of these seconds is bad. */
  const badIn =
    (...stretches: [from: number, to: number][]) =>
    (log: EventLog): void => {
      const seconds = stretches.flatMap(([from, to]) =>
        Array.from({ length: to - from }, (_, index): [number, number] => [at(from + index) / 1000, 1]),
      )
      log.badSeconds.set('one', new Map(seconds))
    }
  const waitOf = (faults: FaultVerdict[], bad: [number, number][], dropped = 0, n = 120) => {
    const seconds = bad.reduce((sum, [from, to]) => sum + to - from, 0)
    const counts: Counts = { type: 'counts', n, bad: seconds + dropped }
    return evidenceOf(rule, chaos, { counts, tell: badIn(...bad), faults }).rules['one']
  }

  test('begins when the fault was over, not when its phase is', () => {
    expect(waitOf([fault(20, 25), fault(60, 64)], [[60, 70]])).toEqual({
      type: 'event',
      from: at(64),
      at: at(70),
      watchedUntil: at(140),
    })
  })

  test('is seen after each fault, and the longest way back counts', () => {
    const bad: [number, number][] = [
      [20, 42],
      [60, 66],
    ]
    expect(waitOf([fault(20, 25), fault(60, 64)], bad)).toMatchObject({ from: at(25), at: at(42) })
  })

  test('that the next fault cuts short is left to the wait after that', () => {
    const bad: [number, number][] = [[20, 66]]
    expect(waitOf([fault(20, 25), fault(60, 64)], bad)).toMatchObject({ from: at(64), at: at(66) })
    expect(waitOf([fault(20, 25), fault(60, 64)], [[20, 140]])).toMatchObject({
      from: at(64),
      at: null,
      watchedUntil: at(140),
    })
  })

  test('begins once after faults that overlap, when the last of them is over', () => {
    const overlapping = [fault(60, 75), fault(62, 68), fault(66, 70)]
    expect(waitOf(overlapping, [[60, 78]])).toMatchObject({ from: at(75), at: at(78) })
  })

  test('is not known where it hangs on when arrivals were dropped', () => {
    expect(waitOf([fault(20, 25)], [], 1)).toMatchObject({ from: at(25), at: null, watchedUntil: at(25) })
    // The wait after a later fault does not stand for it.
    const both = waitOf([fault(20, 25), fault(60, 64)], [[60, 70]], 1)
    expect(both).toMatchObject({ from: at(64), at: null, watchedUntil: at(70) })
  })

  test('is known where dropped arrivals make no difference', () => {
    expect(waitOf([fault(20, 25)], [], 1, 1200)).toMatchObject({ from: at(25), at: at(25) })
    // Nor do they hide what was bad all the time.
    const never = waitOf([fault(20, 25)], [[26, 140]], 1)
    expect(never).toMatchObject({ from: at(25), at: null, watchedUntil: at(140) })
  })

  test('of a queue is the longest that the actors tell', () => {
    const told: Rule = { judge: 'recovery', of: ['queue-length'], after: 'fault', withinSeconds: 60 }
    const back = (from: number, seen: number | null, until: number) => ({
      event: 'back' as const,
      of: 'queue-length',
      from: at(from),
      at: seen === null ? null : at(seen),
      watchedUntil: at(until),
    })
    const tell = (log: EventLog): void =>
      void log.back.push(back(25, 50, 60), back(64, null, 70), back(75, 80, 140))
    expect(evidenceOf(told, chaos, { tell, faults: [fault(20, 25)] }).rules['one']).toEqual({
      type: 'event',
      from: at(25),
      at: at(50),
      watchedUntil: at(60),
    })
  })
})

describe('tasks over time', () => {
  test('are what the count grew by in each judged block', () => {
    const points = new Points()
    for (let second = 0; second <= 120; second++) points.add({ t: t0 + second * 1000, value: second * 3 })
    const tasks = workByBlock(points.all(), [{ start: t0, end: t0 + 90_000 }], 15)
    expect(Object.keys(tasks)).toHaveLength(7)
    expect(Object.values(tasks).reduce((sum, n) => sum + n, 0)).toBeCloseTo(270)
    expect(tasks[Math.floor(t0 / 15_000) + 1]).toBeCloseTo(45)
  })

  test('add up to the growth whatever the points, and a count that began anew takes nothing off', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({ gap: fc.integer({ min: 1, max: 90_000 }), grown: fc.integer({ min: -50, max: 50 }) }),
          {
            maxLength: 30,
          },
        ),
        fc.constantFrom(15, 60),
        (steps, seconds) => {
          const points = [{ t: t0, value: 1000 }]
          for (const { gap, grown } of steps) {
            const last = points.at(-1)!
            points.push({ t: last.t + gap, value: last.value + grown })
          }
          const tasks = workByBlock(points, [{ start: t0, end: Infinity }], seconds)
          const [first, second] = [
            workByBlock(points, [{ start: t0, end: t0 + 200_000 }], seconds),
            workByBlock(points, [{ start: t0 + 200_000, end: Infinity }], seconds),
          ]
          for (const block of Object.keys(tasks))
            expect((first[block] ?? 0) + (second[block] ?? 0)).toBeCloseTo(tasks[block]!)
          expect(Object.values(first).every((n) => n >= 0)).toBe(true)
          const grown = steps.reduce((sum, step) => sum + Math.max(0, step.grown), 0)
          expect(Object.values(tasks).reduce((sum, n) => sum + n, 0)).toBeCloseTo(grown)
        },
      ),
    )
  })

  test('come in finer blocks in a short run', () => {
    const [long, short] = [86_400, 900].map((seconds) => blockSecondsFor(seconds, 'leak'))
    expect(short).toBeLessThan(long!)
    expect([900, 86_400].map((seconds) => blockSecondsFor(seconds, 'busy'))).toEqual([5, long])
  })
})

describe('the processor time of the generator', () => {
  const sample = (second: number, service: string, cpu: number, cpuWait = 0): ResourceSample => ({
    t: t0 + second * 1000,
    service,
    cpu,
    cpuWait,
    privateBytes: 1,
    rssBytes: 1,
    diskReadBytes: 0,
    diskWriteBytes: 0,
    openFiles: 1,
  })

  test('adds up over shards, follows on over epochs, and keeps the worst wait', () => {
    const shards = [0, 1].flatMap((second) => [
      sample(second, 'k6-1', 0.5),
      sample(second, 'k6-2', 0.25, 0.75),
    ])
    expect(generatorCpu(shards, ['k6-1', 'k6-2'])).toEqual({ cores: 0.75, waitShare: 0.75 })
    const epochs = [sample(0, 'k6-1', 0.5), sample(1, 'k6-2', 0.5), sample(1, 'gateway-1', 2)]
    expect(generatorCpu(epochs, ['k6-1', 'k6-2'])).toEqual({ cores: 0.5, waitShare: 0 })
    expect(generatorCpu(epochs, ['k6'])).toBeNull()
  })
})
