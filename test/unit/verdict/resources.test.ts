import { assert, constantFrom, dictionary, integer, nat, property, record, tuple } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ResourceBlock, Resources } from '../../../verdict/evidence.ts'
import { foldResources, judgeBounded, judgeCost, resourcesOf } from '../../../verdict/resources.ts'
import type { Sample } from '../../../verdict/resources.ts'

const cost: Parameters<typeof judgeCost>[0] = {
  judge: 'cost',
  of: 'cpu-per-work',
  in: ['normal'],
  within: 0.2,
}
const bounded: Parameters<typeof judgeBounded>[0] = { judge: 'bounded', of: 'handles', in: ['normal'] }

const blockSeconds = 60
const still: ResourceBlock = {
  samples: 60,
  memoryLeast: 1e8,
  memoryMean: 1e8,
  cpuSeconds: 0,
  openFilesMost: 20,
  connectionsMost: -1,
}
const blocks = 240
/** Evidence of `blocks` minutes, by what each service uses in a block beyond nothing. */
function used(
  services: Record<string, (block: number) => Partial<ResourceBlock>>,
  work: (block: number) => number = () => 3000,
): Resources {
  const byBlock = <Value>(of: (block: number) => Value): Record<string, Value> =>
    Object.fromEntries(Array.from({ length: blocks }, (_, block) => [String(29_000_000 + block), of(block)]))
  return {
    type: 'resources',
    blockSeconds,
    work: byBlock(work),
    services: Object.fromEntries(
      Object.entries(services).map(([name, of]) => [name, byBlock((block) => ({ ...still, ...of(block) }))]),
    ),
  }
}
/** A repeatable ripple between -1 and 1. */
const ripple = (block: number): number => Math.sin(block * 2.4)
/** Processor seconds of a block: `cores` with a ripple of a tenth, `growth` times as much in the end. */
const works =
  (cores: number, growth = 1) =>
  (block: number): Partial<ResourceBlock> => ({
    cpuSeconds: cores * blockSeconds * (1 + ripple(block) / 10) * (1 + ((growth - 1) * block) / blocks),
  })

describe('evidence of resources', () => {
  const sample = (t: number, more: Partial<Sample> = {}): Sample => ({
    t,
    service: 'gateway',
    cpu: 0.5,
    privateBytes: 1e8,
    openFiles: 20,
    ...more,
  })

  it('takes the samples of the judged time, by block', () => {
    const samples = [
      sample(59_000, { privateBytes: 1 }),
      sample(62_000, { privateBytes: 3e8, openFiles: 25, databaseConnections: 4 }),
      sample(61_000, { cpu: 0.1 }),
      sample(120_000, { privateBytes: 1 }),
      sample(121_000, { service: 'payout' }),
    ]
    const judged = [
      { start: 60_000, end: 120_000 },
      { start: 121_000, end: 130_000 },
    ]
    expect(resourcesOf(samples, judged, { 0: 5, 1: 6, 2: 7, 3: 8 }, 60)).toEqual({
      type: 'resources',
      blockSeconds: 60,
      work: { 1: 6, 2: 7 },
      services: {
        gateway: {
          1: {
            samples: 2,
            memoryLeast: 1e8,
            memoryMean: 2e8,
            // A tenth of a core over the two seconds since the sample before, then half of one over a second.
            cpuSeconds: 0.7,
            openFilesMost: 25,
            connectionsMost: 4,
          },
        },
        payout: {
          2: {
            samples: 1,
            memoryLeast: 1e8,
            memoryMean: 1e8,
            cpuSeconds: 0.5,
            openFilesMost: 20,
            connectionsMost: -1,
          },
        },
      },
    })
  })

  it('counts no processor time for a long absence', () => {
    const away = resourcesOf([sample(1000), sample(59_000)], [{ start: 0, end: 60_000 }], {}, 60)
    expect(away.services['gateway']?.['0']?.cpuSeconds).toBe(0.5 + 0.5 * 5)
  })

  const amounts = record({
    samples: integer({ min: 1, max: 60 }),
    memoryLeast: nat(),
    memoryMean: nat(),
    cpuSeconds: nat(100),
    openFilesMost: nat(1000),
    connectionsMost: integer({ min: -1, max: 50 }),
  })
  const key = constantFrom('1', '2', '3')
  const evidence = record({
    type: constantFrom('resources' as const),
    blockSeconds: constantFrom(60),
    work: dictionary(key, nat(5000), { noNullPrototype: true }),
    services: dictionary(
      constantFrom('gateway', 'payout'),
      dictionary(key, amounts, { noNullPrototype: true }),
      {
        noNullPrototype: true,
      },
    ),
  })
  const sum = (a: Resources, b: Resources): Resources => {
    const both = foldResources(a, b)
    if (typeof both === 'string') throw new Error(both)
    return both
  }
  /** Means are sums of fractions: alike up to their rounding. */
  const rounded = (resources: Resources): unknown =>
    JSON.parse(JSON.stringify(resources), (name: string, value: unknown) =>
      name === 'memoryMean' ? Math.round(Number(value) * 100) / 100 : value,
    )

  it('adds up in any order and grouping', () => {
    assert(
      property(tuple(evidence, evidence, evidence), ([a, b, c]) => {
        expect(rounded(sum(a, b))).toEqual(rounded(sum(b, a)))
        const [left, right] = [sum(sum(a, b), c), sum(a, sum(b, c))]
        expect({ ...left, services: {} }).toEqual({ ...right, services: {} })
        for (const [service, rows] of Object.entries(left.services))
          for (const [block, row] of Object.entries(rows)) {
            const other = right.services[service]![block]!
            expect({ ...row, memoryMean: 0 }).toEqual({ ...other, memoryMean: 0 })
            expect(row.memoryMean).toBeCloseTo(other.memoryMean, 3)
          }
      }),
    )
  })

  it('of epochs adds up to that of the whole', () => {
    const samples = Array.from({ length: 180 }, (_, index) =>
      sample(1000 * index, { privateBytes: 1e8 + 1e6 * ((index * 7) % 13), cpu: 0.25, openFiles: index }),
    )
    const part = (start: number, end: number, tasks: number): Resources =>
      resourcesOf(samples, [{ start, end }], { 1: tasks }, 60)
    const both = sum(part(0, 90_000, 10), part(90_000, 180_000, 20))
    expect(rounded(both)).toEqual(rounded(part(0, 180_000, 30)))
  })

  it('of different block lengths does not add up', () => {
    const other = { ...used({}), blockSeconds: 15 }
    expect(foldResources(used({}), other)).toMatch(/different length: 15 and 60 s/)
    expect(foldResources(other, used({}))).toMatch(/different length: 15 and 60 s/)
  })
})

describe('processor time per piece of work', () => {
  it('that stays passes, with its bound', () => {
    const judged = judgeCost(cost, used({ gateway: works(0.3), postgres: works(0.5) }))
    expect(judged.status).toBe('PASS')
    expect(judged.value).toBeCloseTo(1, 1)
    expect(judged.reason).toMatch(/^at most 1\.\d+ times, allowed 1\.2 \(the worst of 2 services\)/)
  })

  it('that rises by half fails, and names the service', () => {
    const judged = judgeCost(cost, used({ gateway: works(0.3), postgres: works(0.5, 1.8) }))
    expect(judged.status).toBe('FAIL')
    expect(judged.observed).toMatch(
      /^postgres: 1\.\d+ times the processor time per piece of work \([\d.]+ ms at first/,
    )
    expect(judged.interval![0]).toBeGreaterThan(1.2)
  })

  it('is per task: twice the work for twice the tasks is no rise, and the same work for half of them is', () => {
    const load = (block: number): number => (3000 * (blocks + block)) / blocks
    expect(judgeCost(cost, used({ gateway: works(0.3, 2) }, load)).status).toBe('PASS')
    expect(
      judgeCost(
        cost,
        used({ gateway: works(0.3) }, (block) => 6000 - load(block)),
      ).status,
    ).toBe('FAIL')
  })

  it('that is near the limit and uneven is undecided, on either side of it', () => {
    for (const growth of [1, 1.2]) {
      const uneven = (block: number): Partial<ResourceBlock> => {
        const { cpuSeconds } = works(0.3, growth)(block)
        return { cpuSeconds: cpuSeconds! * (1 + 0.4 * Math.sin(block / 5)) }
      }
      const judged = judgeCost(cost, used({ gateway: uneven }))
      expect(judged.status).toBe('UNDECIDED')
      expect(judged.value! > 1.2).toBe(growth > 1)
      expect(judged.reason).toMatch(/^between .* and .* times, allowed 1\.2: a longer run would decide/)
    }
  })

  it('of a service that does next to nothing is left out, but not of one that begins to work', () => {
    const judged = judgeCost(cost, used({ gateway: works(0.3), payout: works(0.002, 2), k6: works(1, 3) }))
    expect(judged.status).toBe('PASS')
    expect(judged.reason).toMatch(/\(1 service judged; 1 left out, under 1 % of a core\)/)
    expect(judgeCost(cost, used({ gateway: works(0.3), payout: works(0.005, 9) })).status).toBe('FAIL')
    expect(judgeCost(cost, used({ payout: works(0.002) })).status).toBe('UNDECIDED')
  })

  it('without tasks is undecided', () => {
    const judged = judgeCost(
      cost,
      used({ gateway: works(0.3) }, (block) => (block < 190 ? 3000 : 0)),
    )
    expect([judged.status, judged.value]).toEqual(['UNDECIDED', null])
    expect(judged.reason).toMatch(/the last quarter has no completed work/)
  })

  it('of negative size is a contradiction', () => {
    expect(judgeCost(cost, used({ gateway: () => ({ cpuSeconds: -1 }) })).status).toBe('INVALID')
  })
})

describe('open files and connections', () => {
  const files =
    (of: (block: number) => number) =>
    (block: number): Partial<ResourceBlock> => ({
      openFilesMost: Math.round(of(block)),
    })

  it('that stay pass, with the largest value', () => {
    const judged = judgeBounded(bounded, used({ gateway: files((block) => 200 + 5 * ripple(block)) }))
    expect(judged.status).toBe('PASS')
    expect(judged.observed).toMatch(/^gateway: at most 205 open files/)
  })

  it('that never change pass', () => {
    const judged = judgeBounded(bounded, used({ gateway: files(() => 20) }))
    expect([judged.status, judged.value]).toEqual(['PASS', 0])
  })

  it('that grow on and on fail, and are named', () => {
    const judged = judgeBounded(
      bounded,
      used({ balancer: files(() => 900), gateway: files((block) => 40 + block / 4 + 2 * ripple(block)) }),
    )
    expect(judged.status).toBe('FAIL')
    expect(judged.observed).toMatch(/^gateway: at most \d+ open files/)
    expect(judged.reason).toMatch(/open files grew by 4\d.*least from \d+ to \d+ \(the worst of 2 services\)/)
  })

  it('of the database that grow fail', () => {
    const leaks = (block: number): Partial<ResourceBlock> => ({ connectionsMost: 5 + Math.floor(block / 8) })
    const judged = judgeBounded(bounded, used({ gateway: leaks }))
    expect(judged.status).toBe('FAIL')
    expect(judged.observed).toMatch(/^gateway: at most 34 database connections/)
  })

  it('that grow by a few, or at once, pass', () => {
    expect(judgeBounded(bounded, used({ gateway: files((block) => 40 + block / 30) })).reason).toMatch(
      /it grew by [\d.]+ open files, under the 10 open files/,
    )
    expect(judgeBounded(bounded, used({ gateway: files((block) => (block < 140 ? 40 : 300)) })).status).toBe(
      'PASS',
    )
  })

  it('that were seen too shortly are undecided', () => {
    const short = used({ gateway: files(() => 20) })
    const rows = Object.entries(short.services['gateway']!).slice(0, 24)
    const judged = judgeBounded(bounded, { ...short, services: { gateway: Object.fromEntries(rows) } })
    expect([judged.status, judged.needed]).toEqual(['UNDECIDED', 20])
  })
})
