// What the kit's actors cost beside a hand-written flat script that leaves the same evidence: both under the same load, in turns.
import { expect } from 'vitest'
import { findK6 } from '../../scripts/build/binaries.ts'
import { measure, mixedLoad, ratiosOf, spread, stepLoad } from '../../scripts/bench/measure.ts'
import type { BenchSize, Load } from '../../scripts/bench/measure.ts'

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

/**
 * Expects the fastest lap of the actors to make no less than a share of the fastest one of the flat script. Whoever else uses the
 * machine only slows laps down, so that the fastest ones say most of the code; where they fall short, more rounds are measured,
 * up to so many.
 */
export async function expectNotSlow(
  name: string,
  load: Load,
  size: BenchSize,
  least: number,
  mostRounds: number,
): Promise<void> {
  const k6 = (await findK6({})).path
  const fastest: Record<string, number> = {}
  const share = (): number => fastest['actors']! / fastest['lean']!
  let rounds = 0
  do {
    for (const [script, rates] of Object.entries(await measure(load, k6, size)))
      fastest[script] = Math.max(fastest[script] ?? 0, ...rates)
    rounds += size.rounds
  } while (share() < least && rounds < mostRounds)
  console.log(
    `${name}, ${rounds} rounds, requests per CPU-second of the fastest: lean ${fastest['lean']!.toFixed(0)}, actors ${fastest['actors']!.toFixed(0)}; ratio ${share().toFixed(2)}`,
  )
  expectShare(share(), least)
}

function expectShare(share: number, least: number): void {
  expect(share).toBeGreaterThanOrEqual(least)
  // Much faster than the flat script would mean that something was not measured.
  expect(share).toBeLessThan(1.5)
}

/** Expects the median of the rounds to be no less than a share of what the flat script makes in the same CPU time. */
export async function expectFast(name: string, load: Load, size: BenchSize, least: number): Promise<void> {
  const rates = await measure(load, (await findK6({})).path, size)
  const ratios = ratiosOf(rates, 'actors', 'lean')
  const [lowest, median, most] = spread(ratios)
  console.log(
    `${name}: requests per CPU-second: lean ${spread(rates['lean']!)[1].toFixed(0)}, actors ${spread(rates['actors']!)[1].toFixed(0)}; ` +
      `ratio ${median.toFixed(2)} (${lowest.toFixed(2)} to ${most.toFixed(2)})`,
  )
  expect(ratios).toHaveLength(size.rounds)
  expectShare(median, least)
}
