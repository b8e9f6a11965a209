// What the kit's actors cost beside a hand-written flat script that leaves the same evidence: both under the same load, side by side.
import { expect } from 'vitest'
import { findK6 } from '../../scripts/build/binaries.ts'
import { measure, mixedLoad, ratiosOf, spread, stepLoad } from '../../scripts/bench/measure.ts'
import type { BenchSize, Load } from '../../scripts/bench/measure.ts'
import { shareBounds } from '../../verdict/statistics.ts'

const only = ({ scripts, ...load }: Load): Load => ({
  ...load,
  scripts: { lean: scripts['lean']!, actors: scripts['actors']! },
})

/** The loads by name, each with so many rounds of so many seconds; none of a default system that brings no load. */
export async function loadsOf(
  rounds: number,
  seconds: number,
): Promise<[name: string, load: Load, size: BenchSize][]> {
  const mixed = await mixedLoad()
  const step = { rounds, seconds, perSecond: 1200, users: 20 }
  return [
    ...(mixed === null ? [] : [loadOf('mixed', mixed, { ...step, perSecond: 250 })]),
    loadOf('step', stepLoad, step),
  ]
}

const loadOf = (name: string, load: Load, size: BenchSize): [string, Load, BenchSize] => [
  name,
  only(load),
  size,
]

/** Much faster than the flat script would mean that something was not measured. */
const mostShare = 1.5

/**
 * What ratios of single seconds say of their median, with the bounds of a share of any verdict: it is below a limit when more
 * than half of all seconds are. One that is far off, such as a second in which one of both was held up, counts like any other.
 */
export function medianSays(
  ratios: readonly number[],
  least: number,
): 'enough' | 'too little' | 'nothing yet' {
  const { lower, upper } = shareBounds(ratios.filter((ratio) => ratio < least).length, ratios.length)
  return upper < 0.5 ? 'enough' : lower > 0.5 ? 'too little' : 'nothing yet'
}

/**
 * Measures in rounds until they show that the actors make a share of the requests of the flat script. They have failed when all
 * rounds together show that they do not; one round may have met a process with bad luck.
 */
export async function ratiosUntil(
  least: number,
  rounds: number,
  round: () => Promise<number[]>,
): Promise<number[]> {
  const ratios: number[] = []
  do ratios.push(...(await round()))
  while (--rounds > 0 && medianSays(ratios, least) !== 'enough')
  return ratios
}

async function roundOf(load: Load, size: BenchSize): Promise<number[]> {
  return ratiosOf(await measure(load, (await findK6({})).path, { ...size, rounds: 1 }), 'actors', 'lean')
}

/** The median, which is told with the others. */
function medianOf(name: string, ratios: number[]): number {
  const [lowest, median, most] = spread(ratios)
  console.log(
    `${name}: requests of the actors over those of the flat script in the same CPU time, by ${ratios.length} s: ` +
      `median ${median.toFixed(2)} (${lowest.toFixed(2)} to ${most.toFixed(2)})`,
  )
  return median
}

/** Expects rounds not to show that the actors make less than a share of the requests of the flat script in the same CPU time. */
export async function expectNotSlow(name: string, load: Load, size: BenchSize, least: number): Promise<void> {
  const ratios = await ratiosUntil(least, size.rounds, () => roundOf(load, size))
  expect(medianOf(name, ratios)).toBeLessThan(mostShare)
  expect(medianSays(ratios, least), `whether the actors make ${least} of the requests`).not.toBe('too little')
}

/** Expects the median of all seconds to be no less than a share of what the flat script makes in the same CPU time. */
export async function expectFast(name: string, load: Load, size: BenchSize, least: number): Promise<void> {
  const ratios = ratiosOf(await measure(load, (await findK6({})).path, size), 'actors', 'lean')
  expect(ratios).toHaveLength(size.rounds * size.seconds)
  const median = medianOf(name, ratios)
  expect(median).toBeGreaterThanOrEqual(least)
  expect(median).toBeLessThan(mostShare)
}
