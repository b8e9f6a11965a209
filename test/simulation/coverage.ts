// How often the bounds hold, found by simulation: the table of docs/verdicts.md and its test. No run evaluates this.
import { fairnessOf, gini, type Unit } from '../../verdict/fairness.ts'
import { seeded, type Random } from '../../verdict/random.ts'
import { designEffect, shareBounds } from '../../verdict/statistics.ts'
import { percentage } from '../../verdict/wording.ts'

/** One way in which bad observations come. */
export interface BurstModel {
  name: string
  seconds: number
  perSecond: number
  /** Stalls that begin per second, how long each lasts, and the share of its observations that are bad. */
  stalls: number
  stallSeconds: number
  within: number
  /** The share that is bad outside stalls. */
  otherwise: number
}

export interface Coverage {
  model: BurstModel
  /** The true share of bad observations. */
  share: number
  /** In how many of the simulated runs each bound held: taken as independent, and with the design effect. */
  independent: { lower: number; upper: number }
  widened: { lower: number; upper: number }
}

const independent = { stalls: 0, stallSeconds: 1, within: 0 }
export const models: BurstModel[] = [
  { name: 'independent, 5 %', seconds: 60, perSecond: 80, ...independent, otherwise: 0.05 },
  { name: 'independent, 1 %', seconds: 60, perSecond: 80, ...independent, otherwise: 0.01 },
  { name: 'independent, 0.1 %', seconds: 60, perSecond: 80, ...independent, otherwise: 0.001 },
  {
    name: 'stalls of 1 s',
    seconds: 60,
    perSecond: 80,
    stalls: 0.08,
    stallSeconds: 1,
    within: 0.5,
    otherwise: 0.01,
  },
  {
    name: 'stalls of 1 s',
    seconds: 600,
    perSecond: 20,
    stalls: 0.02,
    stallSeconds: 1,
    within: 0.5,
    otherwise: 0.002,
  },
  {
    name: 'stalls of 3 s',
    seconds: 600,
    perSecond: 20,
    stalls: 0.02,
    stallSeconds: 3,
    within: 0.5,
    otherwise: 0.002,
  },
  {
    name: 'one stall a run',
    seconds: 60,
    perSecond: 80,
    stalls: 1 / 60,
    stallSeconds: 1,
    within: 0.5,
    otherwise: 0,
  },
]

/** Whether each second is within a stall. Stalls begin before the run too, so that all seconds are alike. */
function stalled({ seconds, stalls, stallSeconds }: BurstModel, random: Random): boolean[] {
  const begins = Array.from({ length: seconds + stallSeconds - 1 }, () => random() < stalls)
  return Array.from({ length: seconds }, (_, second) =>
    begins.slice(second, second + stallSeconds).includes(true),
  )
}

function drawRun(model: BurstModel, random: Random): Record<string, [number, number]> {
  const blocks: Record<string, [number, number]> = {}
  for (const [second, within] of stalled(model, random).entries()) {
    const share = within ? model.within : model.otherwise
    let bad = 0
    for (let index = 0; index < model.perSecond; index++) if (random() < share) bad++
    blocks[second] = [model.perSecond, bad]
  }
  return blocks
}

/** Simulates `runs` runs of a model and counts how often each one-sided bound lies on the right side of the truth. */
export function coverageOf(model: BurstModel, runs: number, seed = 1): Coverage {
  const random = seeded(seed)
  const inStall = 1 - (1 - model.stalls) ** model.stallSeconds
  const share = inStall * model.within + (1 - inStall) * model.otherwise
  const held = { independent: { lower: 0, upper: 0 }, widened: { lower: 0, upper: 0 } }
  const n = model.seconds * model.perSecond
  for (let run = 0; run < runs; run++) {
    const blocks = drawRun(model, random)
    const bad = Object.values(blocks).reduce((sum, [, broken]) => sum + broken, 0)
    for (const [name, effect] of [
      ['independent', 1],
      ['widened', designEffect(blocks)],
    ] as const) {
      const { lower, upper } = shareBounds(bad / effect, n / effect)
      if (lower <= share) held[name].lower += 1 / runs
      if (upper >= share) held[name].upper += 1 / runs
    }
  }
  return { model, share, ...held }
}

/** What a fairness rule says of one allocator, over many simulated runs. */
export interface FairnessCoverage {
  name: string
  /** The allocator's own Gini coefficient. */
  own: number
  units: number
  perUnit: number
  pass: number
  undecided: number
  fail: number
}

/** Simulates an allocator that draws unit i with weight `weights[i]`, judged against a limit on its Gini coefficient. */
export function fairnessCoverageOf(
  name: string,
  weights: readonly number[],
  perUnit: number,
  limit: number,
  runs: number,
): FairnessCoverage {
  const random = seeded(2)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const said = { pass: 0, undecided: 0, fail: 0 }
  for (let run = 0; run < runs; run++) {
    const units: Unit[] = weights.map(() => ({ quantity: 0, capacity: 1 }))
    for (let item = 0; item < weights.length * perUnit; item++) {
      let left = random() * total
      const chosen = weights.findIndex((weight) => (left -= weight) < 0)
      units[chosen < 0 ? units.length - 1 : chosen]!.quantity++
    }
    const { lower, upper } = fairnessOf(units, run).bounds
    said[lower > limit ? 'fail' : upper < limit ? 'pass' : 'undecided'] += 1 / runs
  }
  const own = gini(weights.map((quantity) => ({ quantity, capacity: 1 })))
  return { name, own, units: weights.length, perUnit, ...said }
}

/** Ten units whose own Gini coefficient is the one wanted: the favourite gets more than the nine others. */
export function favourite(own: number): number[] {
  const units = 10
  return [
    (1 + own * units) / (units - own * units - 1),
    ...Array.from({ length: units - 1 }, () => 1 / (units - 1)),
  ]
}

const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
const held = (share: number): string => percentage(Math.round(share * 1000) / 1000)

/** Both tables of docs/verdicts.md, in Markdown. */
export function coverageTables(shares: readonly Coverage[], fairness: readonly FairnessCoverage[]): string {
  return [
    row([
      'bad observations come',
      'run',
      'true share',
      'PASS bound holds, independent',
      'with design effect',
      'FAIL bound holds, independent',
      'with design effect',
    ]),
    row(Array.from({ length: 7 }, () => '---')),
    ...shares.map(({ model, share, independent: plain, widened }) =>
      row([
        model.name,
        `${model.seconds} s x ${model.perSecond}/s`,
        percentage(share),
        held(plain.upper),
        held(widened.upper),
        held(plain.lower),
        held(widened.lower),
      ]),
    ),
    '',
    row(['allocator', 'units', 'per unit', 'own Gini', 'PASS', 'UNDECIDED', 'FAIL']),
    row(Array.from({ length: 7 }, () => '---')),
    ...fairness.map(({ name, units, perUnit, own, pass, undecided, fail }) =>
      row([
        name,
        String(units),
        String(perUnit),
        percentage(own / 100).replace(' %', ''),
        held(pass),
        held(undecided),
        held(fail),
      ]),
    ),
  ].join('\n')
}
