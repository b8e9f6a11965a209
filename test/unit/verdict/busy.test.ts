// How busy services keep the processors that they may use: bounds, the worst of them, and what cannot be told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { busy } from '../../../thresholds/limits.ts'
import type { ResourceBlock, Resources } from '../../../verdict/evidence.ts'
import { seeded } from '../../../verdict/random.ts'
import { foldResources, judgeBusy, resourcesOf } from '../../../verdict/resources.ts'

const ruleOf = (under: number) =>
  busy({ in: 'normal', under }) as Extract<ReturnType<typeof busy>, { judge: 'busy' }>
const blockSeconds = 5
const row = (used: number): ResourceBlock => ({
  samples: 5,
  memoryLeast: 1e8,
  memoryMean: 1e8,
  cpuSeconds: used,
  seconds: blockSeconds,
  openFilesMost: 20,
  connectionsMost: -1,
})
/** By service the cores that it kept busy, block by block; and how many it may use. */
const use = (services: Record<string, number[]>, cores: Record<string, number>): Resources => ({
  type: 'resources',
  blockSeconds,
  work: {},
  services: Object.fromEntries(
    Object.entries(services).map(([name, blocks]) => [
      name,
      Object.fromEntries(blocks.map((busy, index) => [String(1000 + index), row(busy * blockSeconds)])),
    ]),
  ),
  cores,
})
/** Between 0.9 and 1.1 of a value, in a fixed order. */
const about = (value: number, blocks = 12): number[] =>
  Array.from({ length: blocks }, (_, index) => value * (1 + (((index * 7) % 5) - 2) / 20))

describe('a service', () => {
  test('is named with its share, and a bound of it', () => {
    const { observed, reason, ...rest } = judgeBusy(
      ruleOf(0.7),
      use({ verifier: about(0.41) }, { verifier: 1 }),
    )
    expect(observed).toMatch(/^verifier 4\d(\.\d+)? % of 1 core, at most 4\d(\.\d+)? %$/)
    expect(reason).toMatch(/^at most 4\d\.\d+ %, allowed 70 % \(1 service judged\)$/)
    expect(rest).toMatchObject({ status: 'PASS', samples: 12, needed: 0 })
    expect(rest.interval![0]).toBeLessThan(rest.value!)
    expect(rest.interval![1]).toBeGreaterThan(rest.value!)
  })

  test('that uses a constant share is known exactly', () =>
    expect(judgeBusy(ruleOf(0.5), use({ store: Array(6).fill(0.5) }, { store: 2 }))).toMatchObject({
      status: 'PASS',
      observed: 'store 25 % of 2 cores, at most 25 %',
      value: 25,
      interval: [25, 25],
    }))

  test('is judged by what it may use, not by what the machine has', () => {
    const statusOf = (cores: number) =>
      judgeBusy(ruleOf(0.7), use({ store: about(0.41) }, { store: cores })).status
    expect([statusOf(0.5), statusOf(1), statusOf(4)]).toEqual(['FAIL', 'PASS', 'PASS'])
  })

  test('at its limit is undecided, and one over it fails', () => {
    const judged = (cores: number) => judgeBusy(ruleOf(0.7), use({ store: about(cores) }, { store: 1 }))
    expect(judged(0.7).status).toBe('UNDECIDED')
    expect(judged(0.7).reason).toMatch(/^between .*, allowed 70 %: a longer run would decide/)
    expect(judged(0.9)).toMatchObject({ status: 'FAIL' })
    expect(judged(0.9).observed).toMatch(/^store \d+(\.\d+)? % of 1 core, at least 8\d/)
  })

  test('whose samples are seldom is judged by the time that they reach, not by their number', () => {
    const evidence = use({ store: Array(6).fill(0.5) }, { store: 1 })
    for (const block of Object.values(evidence.services['store']!)) block.samples = 3
    expect(judgeBusy(ruleOf(0.7), evidence).value).toBe(50)
  })
})

describe('of several services', () => {
  test('the one that uses most of its own decides', () => {
    const evidence = use(
      { big: about(1.5), small: about(0.4), idle: about(0.01) },
      { big: 4, small: 0.5, idle: 4 },
    )
    const { observed, reason } = judgeBusy(ruleOf(0.9), evidence)
    expect(observed).toMatch(/^small /)
    expect(reason).toContain('the worst of 3 services')
    expect(judgeBusy(ruleOf(0.3), evidence)).toMatchObject({ status: 'FAIL' })
  })

  test('the generator is none', () =>
    expect(
      judgeBusy(ruleOf(0.7), use({ 'k6-1': about(2), store: about(0.1) }, { 'k6-1': 2, store: 2 })).observed,
    ).toMatch(/^store /))

  test('one of which it is not known what it may use leaves the others undecided', () => {
    const { status, reason } = judgeBusy(ruleOf(0.7), use({ a: about(0.1), b: about(0.1) }, { a: 1 }))
    expect([status, reason]).toEqual([
      'UNDECIDED',
      'b: how many processors it may use is not known (the worst of 2 services)',
    ])
  })
})

test.each([
  [use({}, {}), 'no service was sampled while it was judged'],
  [use({ k6: about(1) }, { k6: 2 }), 'no service was sampled while it was judged'],
  [use({ store: about(0.1, 4) }, { store: 1 }), 'store: 4 blocks of 5 s are too few: 5 needed'],
])('what was not watched is undecided, like all that is judged of services', (evidence, why) => {
  const { status, reason } = judgeBusy(ruleOf(0.7), evidence)
  expect([status, reason.startsWith(why)]).toEqual(['UNDECIDED', true])
})

test('amounts that cannot be contradict themselves', () =>
  expect(judgeBusy(ruleOf(0.7), use({ store: [...about(0.1), -1] }, { store: 1 })).status).toBe('INVALID'))

test('evidence of samples has how long they reach, and how many processors there are', () => {
  const sample = { service: 'store', cpu: 0.5, privateBytes: 1, openFiles: 1 }
  const samples = [1000, 2000, 3500].map((t) => ({ ...sample, t }))
  const evidence = resourcesOf(samples, [{ start: 0, end: 5000 }], {}, 5, { store: 2 })
  expect(evidence.cores).toEqual({ store: 2 })
  expect(evidence.services['store']!['0']).toMatchObject({ samples: 3, seconds: 3.5, cpuSeconds: 1.75 })
  const without = resourcesOf(samples, [{ start: 0, end: 5000 }], {}, 5)
  expect(without).not.toHaveProperty('cores')
  expect(without.services['store']!['0']).not.toHaveProperty('seconds')
})

describe('evidence of several processes', () => {
  const parts = fc.array(
    fc.record({ block: fc.integer({ min: 0, max: 9 }), used: fc.integer({ min: 0, max: 5 }) }),
    { minLength: 1, maxLength: 20 },
  )
  const partOf = ({ block, used }: { block: number; used: number }): Resources => {
    const services = { [`s${block % 2}`]: { [String(block)]: row(used) } }
    return { type: 'resources', blockSeconds, work: {}, services, cores: { [`s${block % 2}`]: 2 } }
  }
  const sum = (all: Resources[]): Resources => all.reduce((a, b) => foldResources(a, b) as Resources)

  test('adds up in any order and grouping to the same verdict', () =>
    fc.assert(
      fc.property(parts, fc.nat(), (all, cut) => {
        const own = all.map(partOf)
        const at = 1 + (cut % own.length)
        const [left, right] = [own.slice(0, at), own.slice(at)]
        const grouped = right.length === 0 ? sum(left) : sum([sum(right), sum(left)])
        const [one, other] = [sum(own), grouped].map((evidence) => judgeBusy(ruleOf(0.5), evidence))
        expect(other).toEqual(one)
      }),
    ))

  test('that differs in how many processors a service may use does not fit together', () =>
    expect(foldResources(use({}, { store: 2 }), use({}, { store: 4 }))).toBe(
      'shards differ in how many processors store may use: 2 and 4',
    ))
})

describe('the bounds hold', () => {
  /** How often each bound holds in runs whose blocks have so much in common with the ones before. */
  function coverage(blocks: number, inCommon: number, runs = 1000): { upper: number; lower: number } {
    const random = seeded(7)
    const normal = (): number =>
      Array.from({ length: 12 }, () => random()).reduce((total, one) => total + one, -6)
    let [upper, lower] = [0, 0]
    for (let run = 0; run < runs; run++) {
      let state = normal()
      const used = Array.from({ length: blocks }, () => {
        state = inCommon * state + Math.sqrt(1 - inCommon ** 2) * normal()
        return Math.max(0, 0.5 + 0.08 * state)
      })
      const [from, to] = judgeBusy(ruleOf(0.7), use({ store: used }, { store: 1 })).interval!
      if (to >= 50) upper++
      if (from <= 50) lower++
    }
    return { upper: upper / runs, lower: lower / runs }
  }

  test.each([
    ['30 s', 6, 0, 0.94],
    ['a minute', 12, 0, 0.93],
    ['five minutes', 60, 0, 0.93],
    // What lasts for longer than a few blocks makes them too narrow, as it does all others.
    ['five minutes of blocks that have a third in common', 60, 0.33, 0.9],
  ])('in %s', (_, blocks, inCommon, least) => {
    const { upper, lower } = coverage(blocks, inCommon)
    expect(upper).toBeGreaterThan(least)
    expect(lower).toBeGreaterThan(least)
  })
})
