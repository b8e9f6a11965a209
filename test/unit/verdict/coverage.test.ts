import { beforeAll, describe, expect, it } from 'vitest'
import {
  coverageOf,
  coverageTables,
  fairnessCoverageOf,
  favourite,
  models,
} from '../../simulation/coverage.ts'
import type { Coverage, FairnessCoverage } from '../../simulation/coverage.ts'
import { confidence } from '../../../verdict/criterion.ts'
import { expectTable } from './generated-table.ts'

const runs = 2000
const fairnessRuns = 200
const limit = 0.2

/** Three standard errors of a simulated coverage. */
const simulationError = 3 * Math.sqrt((confidence * (1 - confidence)) / runs)

let shares: Coverage[] = []
let fairness: FairnessCoverage[] = []
const of = (name: string): Coverage[] => shares.filter(({ model }) => model.name.startsWith(name))

beforeAll(() => {
  shares = models.map((model) => coverageOf(model, runs))
  const equal = Array.from({ length: 10 }, () => 1)
  fairness = [
    fairnessCoverageOf('fair lottery', equal, 8, limit, fairnessRuns),
    fairnessCoverageOf('fair lottery', equal, 20, limit, fairnessRuns),
    fairnessCoverageOf('favourite at the limit', favourite(limit), 20, limit, fairnessRuns),
    fairnessCoverageOf('favourite at the limit', favourite(limit), 150, limit, fairnessRuns),
    fairnessCoverageOf('favourite over it', favourite(0.25), 150, limit, fairnessRuns),
    fairnessCoverageOf('favourite far over it', favourite(0.3), 150, limit, fairnessRuns),
  ]
}, 60_000)

describe('coverage of the bounds of a share', () => {
  it('holds the nominal 95 % on independent observations, with and without the design effect', () => {
    expect(of('independent')).toHaveLength(3)
    for (const { model, independent, widened } of of('independent')) {
      for (const held of [independent.lower, independent.upper, widened.lower, widened.upper])
        expect(held, model.name).toBeGreaterThan(confidence - simulationError)
    }
  })

  it('stays above 93 % on stalls of one and of three seconds, thanks to the design effect alone', () => {
    expect(of('stalls')).toHaveLength(3)
    for (const { model, independent, widened } of of('stalls')) {
      expect(widened.lower, `${model.name}: lower`).toBeGreaterThan(0.93)
      expect(widened.upper, `${model.name}: upper`).toBeGreaterThan(0.93)
      // Without the design effect the same bounds fail clearly: what this test proves is that it matters.
      expect(independent.lower, `${model.name}: lower, taken as independent`).toBeLessThan(0.85)
      expect(independent.upper, `${model.name}: upper, taken as independent`).toBeLessThan(0.85)
    }
  })

  it('cannot know of stalls in a run that is too short to meet one: the limit that docs/verdicts.md names', () => {
    for (const { widened } of of('one stall a run')) {
      expect(widened.upper).toBeLessThan(0.93)
      expect(widened.lower).toBeGreaterThan(0.93)
    }
  })
})

describe('coverage of the fairness bound', () => {
  it('never fails a fair lottery, and passes an unfair allocator in at most one run of twenty', () => {
    for (const { name, fail, pass, own } of fairness) {
      if (own < limit - 1e-9) expect([name, fail]).toEqual([name, 0])
      else expect(pass, name).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / fairnessRuns))
      if (Math.abs(own - limit) < 1e-9)
        expect(fail, name).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / fairnessRuns))
    }
  })

  it('catches a favourite that is far over the limit', () => {
    expect(fairness.at(-1)?.fail).toBeGreaterThan(0.9)
  })
})

it('docs/verdicts.md shows these tables (UPDATE_DOCS=1 writes them)', () =>
  expectTable('coverage', coverageTables(shares, fairness)))
