import { beforeAll, describe, expect, it } from 'vitest'
import { rateCoverageOf, rateModels, rateTable } from '../../simulation/coverage-rates.ts'
import type { RateCoverage } from '../../simulation/coverage-rates.ts'
import { confidence } from '../../../verdict/criterion.ts'
import { expectTable } from './generated-table.ts'

const runs = 1000
/** Three standard errors of a simulated coverage. */
const simulationError = 3 * Math.sqrt((confidence * (1 - confidence)) / runs)

let all: RateCoverage[] = []
beforeAll(() => {
  all = rateModels.map((model) => rateCoverageOf(model, runs))
}, 60_000)

/** Models whose assumption does not hold, that show its price. */
const broken = ['nothing done', 'stretches of 10 s']
const isBroken = ({ model }: RateCoverage): boolean => broken.some((name) => model.name.startsWith(name))

describe('coverage of the bounds of rates, ratios and slower percentiles', () => {
  it('holds the nominal 95 % where events and latencies are independent or even', () => {
    const sound = all.filter((one) => !isBroken(one))
    expect(new Set(sound.map(({ model }) => model.rule))).toEqual(new Set(['rate', 'ratio', 'slower']))
    for (const { model, lower, upper } of sound) {
      expect(lower, `${model.rule}, ${model.name}: lower`).toBeGreaterThan(confidence - simulationError)
      expect(upper, `${model.rule}, ${model.name}: upper`).toBeGreaterThan(confidence - simulationError)
    }
  })

  it('is wrong at the limit in at most one run of twenty, either way', () => {
    const atLimit = all.filter((one) => one.model.truth === one.model.limit && !isBroken(one))
    expect(atLimit).toHaveLength(5)
    for (const { model, pass, fail } of atLimit) {
      expect(pass, `${model.rule}, ${model.name}: PASS`).toBeLessThan(1 - confidence + simulationError)
      expect(fail, `${model.rule}, ${model.name}: FAIL`).toBeLessThan(1 - confidence + simulationError)
    }
  })

  it('says what is so where it is well beside the limit', () => {
    for (const { model, pass, fail } of all) {
      const better = model.rule === 'slower' ? model.limit / model.truth : model.truth / model.limit
      if (better > 1.1) expect(pass, `${model.rule}, ${model.name}: PASS`).toBeGreaterThan(0.9)
      if (better < 0.9) expect(fail, `${model.rule}, ${model.name}: FAIL`).toBeGreaterThan(0.9)
    }
    expect(all.filter(({ pass, fail }) => pass > 0.9 || fail > 0.9).length).toBeGreaterThanOrEqual(3)
  })

  it('does not hold where what happens comes in runs: the limit that docs/verdicts.md names', () => {
    const [rate, slower] = all.filter(isBroken) as [RateCoverage, RateCoverage]
    expect(rate.lower).toBeLessThan(0.9)
    expect(slower.upper).toBeLessThan(0.93)
  })
})

it('docs/verdicts.md shows this table (UPDATE_DOCS=1 writes it)', () =>
  expectTable('coverage of rates', rateTable(all)))
