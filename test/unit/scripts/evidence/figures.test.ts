// Figures for what a source expects: values as they were told, and what services used, from samples.
import { describe, expect, test } from 'vitest'
import type { ResourceSample } from '../../../../keeper/service.ts'
import { withFigures } from '../../../../scripts/evidence/figures.ts'
import { Points, valuesWith } from '../../../../scripts/evidence/points.ts'
import type { Measure } from '../../../../verdict/expectation.ts'
import { begin, healthy } from '../../verdict/verdict-run.ts'

const planOf = (...measures: Measure[]) => {
  const rows = measures.map((measure) => ({ text: 'a figure', unit: '', from: 0, measure }))
  return { expectations: { 'shop.expected': { text: '', source: '', rows } } }
}
/** Seconds after the start of the normal phase, which lasts for 60. */
const sampleOf = (service: string, second: number, cpu: number, rssBytes: number) =>
  ({ t: (begin + second) * 1000, service, cpu, rssBytes }) as ResourceSample
const nothing = { points: new Map<string, Points>(), values: new Map() }
const unsampled = { samples: [], machine: [], names: ['k6'], cores: {} }
const machine = [{ cores: 2 }] as never[]

const used = (samples: ResourceSample[], more: object = {}) =>
  withFigures(healthy(), planOf({ figure: 'processors', in: ['normal'] }), nothing, {
    ...unsampled,
    samples,
    machine,
    ...more,
  }).figures!.services['normal']

describe('what services used', () => {
  test('is the mean of their processors and the highest sum of their memory, in the phases asked for', () => {
    const samples = [
      sampleOf('front', -1, 2, 900),
      ...Array.from({ length: 10 }, (_, second) => sampleOf('front', second, 0.4, 100 + second)),
      ...Array.from({ length: 10 }, (_, second) => sampleOf('store', second + 0.2, 0.2, 50)),
      ...Array.from({ length: 10 }, (_, second) => sampleOf('k6', second, 1.4, 7000)),
      sampleOf('front', 80, 2, 900),
    ]
    const found = used(samples)!
    expect(found.processors).toBeCloseTo(0.6, 5)
    expect(found).toMatchObject({ allowed: 2, memoryBytes: 159 })
  })

  test('is measured against what the target says that they may use, and the machine otherwise', () => {
    const samples = [sampleOf('front', 1, 0.4, 1), sampleOf('store', 1, 0.2, 1)]
    expect(used(samples, { cores: { front: 0.5, store: 1 } })!.allowed).toBe(1.5)
    expect(used(samples, { cores: { front: 0.5 } })!.allowed).toBe(2)
    expect(used(samples, { machine: [] })!.allowed).toBeNull()
  })

  test('is nothing where nobody was sampled', () => {
    expect(used([sampleOf('k6', 1, 1, 1)])).toBeUndefined()
  })
})

describe('values', () => {
  test('are the first, the last, the least and the most, by their own times', () => {
    const points = new Points()
    for (const [t, value] of [
      [20, 5],
      [10, 3],
      [40, 4],
      [30, 9],
    ] as const)
      points.add({ t, value })
    expect(points.values).toEqual({ firstAt: 10, first: 3, lastAt: 40, last: 4, least: 3, most: 9 })
  })

  test('are kept of what an expectation asks for, and of nothing else', () => {
    const told = new Points()
    told.add({ t: 1, value: 2 })
    const values = new Map([['speedup', valuesWith(null, { t: 1, value: 70 })]])
    const log = {
      points: new Map([
        ['hits', told],
        ['queue', told],
      ]),
      values,
    }
    const plan = planOf(
      { figure: 'risen', of: 'hits', whole: 'claims' },
      { figure: 'observed', of: 'speedup', which: 'last' },
    )
    const { figures } = withFigures(healthy(), plan, log, unsampled)
    expect(figures).toEqual({
      points: { hits: told.values },
      observations: { speedup: values.get('speedup') },
      services: {},
    })
    expect(withFigures(healthy(), {}, log, unsampled)).toEqual(healthy())
  })
})
