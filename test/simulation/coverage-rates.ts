// How often the bounds of rates and of slower percentiles hold, by simulation: a table of docs/verdicts.md and its test.
import type { Histogram } from '../../verdict/evidence.ts'
import { slowerBounds } from '../../verdict/quantiles.ts'
import { seeded, type Random } from '../../verdict/random.ts'
import { rateBounds, ratioBounds } from '../../verdict/rates.ts'
import type { Bounds } from '../../verdict/statistics.ts'
import { decimal, percentage } from '../../verdict/wording.ts'

/** One way in which what a rule judges comes about. */
export interface RateModel {
  rule: 'rate' | 'ratio' | 'slower'
  name: string
  run: string
  truth: number
  limit: number
  /** The bounds of one simulated run. */
  draw: (random: Random) => Bounds
}

export interface RateCoverage {
  model: RateModel
  /** In how many of the simulated runs each bound held, and what was said. */
  lower: number
  upper: number
  pass: number
  undecided: number
  fail: number
}

/** Events of a Poisson process of that rate in so many seconds. */
function poisson(perSecond: number, seconds: number, random: Random): number {
  let events = 0
  for (let at = -Math.log(1 - random()); at < perSecond * seconds; at -= Math.log(1 - random())) events++
  return events
}

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())

const growth = 1.02
/** Spread of the logarithm of latencies; P95 is then about twice the median. */
const latencySpread = 0.45

/** By how much whole stretches of so many seconds are slower or faster together, as the spread of a logarithm. */
interface Stretches {
  seconds: number
  spread: number
}

/** Latencies of so many seconds. */
function latencies(
  factor: number,
  lasting: number,
  stretches: Stretches,
  random: Random,
): Omit<Histogram, 'type'> {
  const buckets: Record<string, number> = {}
  const requestsPerSecond = 20
  for (let second = 0; second < lasting; second += stretches.seconds) {
    const common = stretches.spread > 0 ? stretches.spread * normal(random) : 0
    for (let index = 0; index < requestsPerSecond * stretches.seconds; index++) {
      const logarithm = Math.log(10 * factor) + common + latencySpread * normal(random)
      const bucket = Math.ceil(logarithm / Math.log(growth))
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
  }
  return { growth, buckets }
}

const seconds = 20
const perSecond = 100
const rateModel = (name: string, limit: number, events: (random: Random) => number): RateModel => ({
  rule: 'rate',
  name,
  run: `${seconds} s x ${perSecond}/s`,
  truth: perSecond,
  limit,
  draw: (random) => rateBounds({ events: events(random), exposure: seconds }),
})
const stall = 0.05

const ratioModel = (truth: number): RateModel => ({
  rule: 'ratio',
  name: 'Poisson',
  run: '30 s against 60 s, 50/s before',
  truth,
  limit: 0.8,
  draw: (random) =>
    ratioBounds({
      now: { events: poisson(50 * truth, 30, random), exposure: 30 },
      before: { events: poisson(50, 60, random), exposure: 60 },
    }),
})

const slowerModel = (name: string, truth: number, stretches = { seconds: 1, spread: 0 }): RateModel => ({
  rule: 'slower',
  name,
  run: '100 s x 20/s each',
  truth,
  limit: 1.2,
  draw: (random) =>
    slowerBounds(
      { now: latencies(truth, 100, stretches, random), before: latencies(1, 100, stretches, random) },
      0.95,
    ),
})

export const rateModels: RateModel[] = [
  rateModel('Poisson', 100, (random) => poisson(perSecond, seconds, random)),
  rateModel('evenly', 100, (random) => Math.floor(perSecond * seconds + random())),
  rateModel('Poisson, 10 % over the limit', 90, (random) => poisson(perSecond, seconds, random)),
  rateModel('nothing done in one second of 20', 100, (random) => {
    let events = 0
    for (let second = 0; second < seconds; second++)
      if (random() >= stall) events += poisson(perSecond / (1 - stall), 1, random)
    return events
  }),
  ratioModel(0.8),
  ratioModel(0.9),
  ratioModel(0.7),
  slowerModel('independent', 1.2),
  slowerModel('independent', 1),
  slowerModel('independent', 1.5),
  slowerModel('stretches of 1 s slow or fast', 1.2, { seconds: 1, spread: 0.3 }),
  slowerModel('stretches of 10 s slow or fast', 1.2, { seconds: 10, spread: 0.3 }),
]

/** Simulates runs of a model: how often each one-sided bound lies on the right side of the truth, and the verdicts. */
export function rateCoverageOf(model: RateModel, runs: number, seed = 3): RateCoverage {
  const random = seeded(seed)
  const said = { lower: 0, upper: 0, pass: 0, undecided: 0, fail: 0 }
  const { truth, limit, rule } = model
  for (let run = 0; run < runs; run++) {
    const { lower, upper } = model.draw(random)
    if (lower <= truth) said.lower += 1 / runs
    if (upper >= truth) said.upper += 1 / runs
    const [over, under] = [lower >= limit, upper < limit]
    const [good, bad] = rule === 'slower' ? [upper <= limit, lower > limit] : [over, under]
    said[good ? 'pass' : bad ? 'fail' : 'undecided'] += 1 / runs
  }
  return { model, ...said }
}

const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
const share = (value: number): string => percentage(Math.round(value * 1000) / 1000)

/** The table of docs/verdicts.md, in Markdown. */
export function rateTable(all: readonly RateCoverage[]): string {
  const heads = ['rule', 'events or latencies come', 'run', 'truth', 'limit']
  const held = ['PASS bound holds', 'FAIL bound holds', 'PASS', 'UNDECIDED', 'FAIL']
  return [
    row([...heads, ...held]),
    row([...heads, ...held].map(() => '---')),
    ...all.map(({ model: { rule, name, run, truth, limit }, lower, upper, pass, undecided, fail }) => {
      const bounds = rule === 'slower' ? [upper, lower] : [lower, upper]
      return row([
        rule,
        name,
        run,
        decimal(truth),
        decimal(limit),
        ...[...bounds, pass, undecided, fail].map(share),
      ])
    }),
  ].join('\n')
}
