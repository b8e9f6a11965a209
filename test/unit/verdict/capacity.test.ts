// Capacity and knee: steps are judged as the run is, and the fit finds a known law as often as its intervals say.
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { capacityOf, type Capacity } from '../../../verdict/capacity.ts'
import type { Criterion } from '../../../verdict/criterion.ts'
import type { PhaseRow } from '../../../verdict/evidence.ts'
import { judgeRun, type JudgeInput } from '../../../verdict/judge.ts'
import { judgeRule } from '../../../verdict/rules.ts'
import { scalabilityOf, type Estimate, type Scalability } from '../../../verdict/scalability.ts'
import {
  drawnCounts,
  rampCriteria,
  rampLaw,
  rampPhases,
  rampSizes,
  rampStep,
  throughputOf,
  type Law,
} from '../../fixtures/report/ramp-fixture.ts'
import { healthy, inputOf } from './verdict-run.ts'

function shown(rows: PhaseRow[], claimed: Record<string, Criterion> = rampCriteria): Capacity {
  const capacity = capacityOf(rows, claimed, 'workers')
  if (capacity === null) throw new Error('the phases are no ramp')
  return capacity
}

/** Three steps of 1,000 tasks, so 4,000 requests each, with so many of them bad by rule. */
const threeSteps = (...bad: Record<string, number>[]): PhaseRow[] =>
  [10, 20, 30].map((level, index) => ({ ...rampStep(level, 1000), bad: bad[index] ?? {} }))

describe('the steps of a ramp', () => {
  test('are told from a run without one: three normal phases of different size', () => {
    const same = Array.from({ length: 24 }, () => rampStep(1500, 9000))
    expect(capacityOf(same, rampCriteria, 'workers')).toBeNull()
    expect(capacityOf([...same, rampStep(10, 100)], rampCriteria, 'workers')).toBeNull()
    const others = threeSteps().map((row) => ({ ...row, kind: 'peak' as const }))
    expect(capacityOf(others, rampCriteria, 'workers')).toBeNull()
    expect(shown(threeSteps()).steps).toHaveLength(3)
  })

  test('say nothing where nobody says what is done for a level', () => {
    const evidence = { ...healthy(), byPhase: threeSteps() }
    const capacityIn = (other: Partial<JudgeInput>) =>
      judgeRun(inputOf(evidence, { claimed: rampCriteria, required: [], ...other })).capacity
    expect(capacityIn({})?.steps).toHaveLength(3)
    expect(capacityIn({ countsWork: false })).toBeUndefined()
  })

  test('hold until one breaks: capacity is the last before it, and what broke is named', () => {
    const capacity = shown(rampPhases())
    expect(capacity.steps.map(({ level }) => level)).toEqual(rampSizes)
    expect(capacity.steps.map(({ held }) => held)).toEqual([
      ...Array.from({ length: 6 }, () => 'yes'),
      ...Array.from({ length: 4 }, () => 'no'),
    ])
    expect(capacity.last).toBe(5)
    expect(capacity.firstBroken).toEqual({ phase: 'step-7', ids: ['load.latency-p95'] })
    expect(capacity.steps[6]?.bound).toMatch(
      /^load\.latency-p95: at least 6\.\d+ % over 500 ms or failed \(1,\d+ of 2\d,\d+\), allowed 5 %$/,
    )
  })

  test('count arrivals that found no virtual user as bad ones', () => {
    const [first, second, third] = threeSteps()
    const held = shown([
      first!,
      { ...second!, groups: { api: { ...second!.groups['api']!, dropped: 40 } } },
      third!,
    ])
    expect(held.steps.map(({ held }) => held)).toEqual(['yes', 'no', 'yes'])
    expect(held.steps[1]?.bound).toContain('(40 of 4,040)')
  })

  test('take no arrival of another group for a bad one', () => {
    const [first, second, third] = threeSteps()
    const groups = { ...second!.groups, web: { requests: 100, dropped: 40 } }
    const { steps } = shown([first!, { ...second!, groups, dropped: 40 }, third!])
    expect(steps.map(({ held }) => held)).toEqual(['yes', 'yes', 'yes'])
  })

  test('that hold after one that does not are no capacity', () => {
    const broken = shown(threeSteps({}, { 'load.errors-normal': 40 }))
    expect(broken.steps.map(({ held }) => held)).toEqual(['yes', 'no', 'yes'])
    expect([broken.last, broken.firstBroken?.ids]).toEqual([0, ['load.errors-normal']])
    const unsure = shown(threeSteps({ 'load.errors-normal': 3 }))
    expect(unsure.steps.map(({ held }) => held)).toEqual(['undecided', 'yes', 'yes'])
    expect([unsure.last, unsure.firstBroken]).toEqual([null, null])
    expect(unsure.steps[0]?.bound).toMatch(/between .* and .*, allowed 0\.1 %; [\d,]+ requests would decide$/)
  })

  test('with the worst of several rules say so, and all that are broken', () => {
    const { steps } = shown(threeSteps({ 'load.errors-normal': 3, 'load.latency-p95': 1000 }))
    expect(steps[0]).toMatchObject({ held: 'no', broken: ['load.latency-p95'] })
    const both = shown(threeSteps({ 'load.errors-normal': 40, 'load.latency-p95': 1000 }))
    expect(both.firstBroken?.ids.toSorted()).toEqual(['load.errors-normal', 'load.latency-p95'])
    // Ten times the allowed errors are farther out than five times the allowed slow ones.
    expect(both.steps[0]?.bound).toMatch(/^load\.errors-normal/)
  })

  test('are not judged by rules whose observations are not counted by phase', () => {
    const { steps } = shown(threeSteps({ 'target.submit-p95': 4000, 'target.submit-p95#1': 4000 }))
    expect(steps[0]?.held).toBe('yes')
    const { 'target.submit-p95': one, 'load.degradation': other } = rampCriteria
    const single = one.rules[0]!
    const none = shown(threeSteps(), { one: { ...one, rules: [single] }, other })
    expect(none.steps[0]).toMatchObject({
      held: 'undecided',
      bound: 'no criterion of a group of requests was claimed',
    })
  })

  test('with more bad requests than requests decide nothing', () => {
    const { steps, last } = shown(threeSteps({ 'load.latency-p95': 4001 }))
    expect([steps[0]?.held, last]).toEqual(['undecided', null])
    expect(steps[0]?.bound).toContain('contradicts itself')
  })

  it('are judged as the run judges the same counts', () => {
    const rule = rampCriteria['load.latency-p95'].rules[0]!
    const words = { PASS: 'yes', FAIL: 'no', UNDECIDED: 'undecided', INVALID: 'undecided' }
    const pair = fc
      .integer({ min: 0, max: 5000 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 0, max: n })))
    fc.assert(
      fc.property(pair, ([n, bad]) => {
        const rows = threeSteps()
        rows[0] = {
          ...rows[0]!,
          groups: { api: { requests: n, dropped: 0 } },
          bad: { 'load.latency-p95': bad },
        }
        const { steps } = shown(rows, { 'load.latency-p95': rampCriteria['load.latency-p95'] })
        const { status } = judgeRule(rule, { type: 'counts', n, bad }, 1)
        expect(steps[0]?.held).toBe(words[status])
      }),
    )
  })
})

describe('goodput', () => {
  test('under overload is told as a share of the best step', () => {
    const overload = { ...rampStep(30, 900, 30), kind: 'overload' as const, inTime: 300 }
    const { goodput } = shown([...threeSteps(), { ...rampStep(40, 1200), inTime: 1140 }, overload])
    expect(goodput).toEqual({
      bestPhase: 'step-of-40',
      bestPerSecond: 19,
      overloadLevel: 30,
      overloadPerSecond: 10,
      share: 0.526316,
    })
  })
  test('is not told where no overload was offered, or nothing came in time', () => {
    expect(shown(threeSteps()).goodput).toBeNull()
    const late = threeSteps().map((row) => ({ ...row, inTime: 0 }))
    expect(shown([...late, { ...rampStep(30, 900), kind: 'overload' as const }]).goodput).toBeNull()
  })
})

/** A ramp of a law: without a draw the expected counts themselves. */
const measured = (law: Law, sizes: number[], draw = (expected: number): number => expected): PhaseRow[] =>
  sizes.map((workers) => rampStep(workers, draw(60 * throughputOf(law, workers))))

function fitOf(rows: PhaseRow[]): Scalability {
  const fit = scalabilityOf(rows)
  if (fit === null) throw new Error('no law was fitted')
  return fit
}

const kneeOf = ({ sigma, kappa }: Law): number => Math.sqrt((1 - sigma) / kappa)
const within = ({ low, high }: Pick<Estimate, 'low' | 'high'>, truth: number): boolean =>
  low <= truth && (high === null || truth <= high)
/** Three standard errors below a coverage of 95 % over so many simulated ramps. */
const leastCoverage = (runs: number): number => 0.95 - 3 * Math.sqrt((0.95 * 0.05) / runs)

describe('the fit of the scalability law', () => {
  it('gives back the law behind counts without noise', () => {
    const law = fc.record({
      lambda: fc.double({ min: 0.1, max: 50, noNaN: true }),
      sigma: fc.double({ min: 0, max: 0.2, noNaN: true }),
      kappa: fc.double({ min: 1e-7, max: 1e-3, noNaN: true }),
    })
    fc.assert(
      fc.property(law, (truth) => {
        const fit = fitOf(measured(truth, rampSizes))
        expect(fit.lambda.value / truth.lambda).toBeCloseTo(1, 3)
        expect(fit.sigma.value).toBeCloseTo(truth.sigma, 4)
        expect(fit.kappa.value).toBeCloseTo(truth.kappa, 6)
        expect(fit.r2).toBeGreaterThan(0.999)
        if (fit.knee !== null) expect(fit.knee.level / kneeOf(truth)).toBeCloseTo(1, 2)
      }),
      { numRuns: 25 },
    )
  })

  it('holds a known law in its intervals in 95 of 100 ramps, and these are narrow enough to be of use', () => {
    const runs = 200
    const held = { lambda: 0, sigma: 0, kappa: 0, knee: 0, curve: 0 }
    for (let seed = 1; seed <= runs; seed++) {
      const fit = fitOf(measured(rampLaw, rampSizes, drawnCounts(seed)))
      for (const name of ['lambda', 'sigma', 'kappa'] as const)
        if (within(fit[name], rampLaw[name])) held[name] += 1 / runs
      if (fit.knee !== null && within(fit.knee, kneeOf(rampLaw))) held.knee += 1 / runs
      const point = fit.curve[20]!
      if (within(point, throughputOf(rampLaw, point.level))) held.curve += 1 / runs
      expect(fit.knee!.high / fit.knee!.low, `seed ${seed}`).toBeLessThan(1.5)
      expect(fit.peakPerSecond! / throughputOf(rampLaw, kneeOf(rampLaw))).toBeCloseTo(1, 1)
    }
    for (const [name, share] of Object.entries(held)) expect(share, name).toBeGreaterThan(leastCoverage(runs))
  })

  it('shows no knee where throughput grows in proportion, but for one ramp in forty', () => {
    const runs = 200
    let knees = 0
    for (let seed = 1; seed <= runs; seed++) {
      const fit = fitOf(measured({ lambda: 0.5, sigma: 0, kappa: 0 }, rampSizes, drawnCounts(seed)))
      expect([fit.sigma.low, fit.kappa.low].every((low) => low >= 0)).toBe(true)
      if (fit.knee !== null) knees++
      else expect(fit.peakPerSecond).toBeNull()
    }
    expect(knees / runs).toBeLessThan(0.025 + 3 * Math.sqrt((0.025 * 0.975) / runs))
  })

  it('widens its intervals where the steps scatter more than counts do', () => {
    const width = (dispersion: number): [dispersion: number, width: number] => {
      const fits = Array.from({ length: 20 }, (_, seed) =>
        fitOf(measured(rampLaw, rampSizes, drawnCounts(seed + 1, dispersion))),
      )
      const mean = (of: (fit: Scalability) => number): number =>
        fits.reduce((sum, fit) => sum + of(fit), 0) / fits.length
      return [mean((fit) => fit.dispersion), mean((fit) => fit.lambda.high! - fit.lambda.low)]
    }
    const [[calm, narrow], [wild, wide]] = [width(1), width(9)]
    expect(wild).toBeGreaterThan(3 * calm)
    expect(wide).toBeGreaterThan(2 * narrow)
  })

  it('keeps parameters at zero where throughput grows faster than in proportion', () => {
    const fit = fitOf([10, 20, 30, 40, 50].map((workers) => rampStep(workers, workers * (100 + workers))))
    expect([fit.sigma.value, fit.kappa.value, fit.knee]).toEqual([0, 0, null])
    expect(within(fit.lambda, fit.lambda.value)).toBe(true)
  })

  it('gives the same answer twice', () => {
    expect(shown(rampPhases())).toEqual(shown(rampPhases()))
  })

  test.each([
    ['three sizes', [10, 20, 30, 30], /needs steps with 4 different numbers of workers, and there were 3/],
    ['a step without a task', [10, 20, 30, 40, 50], /nothing was completed in at least one step/],
  ])('is left out with %s, and the note says why', (name, sizes, note) => {
    const rows = measured(rampLaw, sizes)
    if (name === 'a step without a task') rows[4] = rampStep(50, 0)
    expect(shown(rows)).toMatchObject({ usl: null, note: expect.stringMatching(note) as string })
  })

  test('says in a note when a knee lies beyond what was measured, and when there is none', () => {
    const exactly = (law: Law, seconds: number): string =>
      shown(
        [20, 40, 60, 80, 100, 120].map((workers) =>
          rampStep(workers, seconds * throughputOf(law, workers), seconds),
        ),
      ).note
    expect(exactly(rampLaw, 3600)).toBe(
      'The knee lies beyond the 120 workers measured: the curve is extended to it.',
    )
    expect(exactly({ lambda: 2, sigma: 0, kappa: 0 }, 3600)).toBe(
      'No knee is shown within 10 times the 120 workers measured.',
    )
  })
})
