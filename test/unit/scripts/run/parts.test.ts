// The k6 processes of a run: what each is told, and when it has to be started.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  commonStart,
  dueAt,
  partEnvironment,
  partFiles,
  partText,
  partsOf,
  segmentArguments,
} from '../../../../scripts/run/parts.ts'
import { planOf } from '../runner-plan.ts'

const single = planOf([{ kind: 'normal', seconds: 60 }])
const soak = planOf([
  { kind: 'normal', seconds: 60 },
  { kind: 'handover', seconds: 10 },
  { kind: 'normal', seconds: 60 },
])

describe('a run of one process', () => {
  const [part, ...others] = partsOf(single, 1)
  test('has no numbers, no variables of its own, and no lead', () => {
    expect(others).toEqual([])
    expect(part).toMatchObject({ name: 'k6', index: 1, of: 1, leadMs: 0 })
    expect(segmentArguments(part!)).toEqual([])
    expect(partEnvironment(part!, 1_000)).toEqual({})
    expect(Object.values(partFiles('/run', part!))).toEqual([
      '/run/evidence.json',
      '/run/events.ndjson',
      '/run/k6-dashboard.ndjson',
      '/run/k6-dashboard.html',
      '/run/services/k6.log',
    ])
    expect(dueAt(part!, commonStart([part!], 5_000))).toBe(5_000)
  })
})

describe('shards and epochs', () => {
  const parts = partsOf(soak, 2)

  test('are numbered epoch by epoch, and each is told what it is', () => {
    expect(parts.map(({ name, index, of, epoch, shard }) => [name, index, of, epoch, shard])).toEqual([
      ['k6-1', 1, 4, 1, 1],
      ['k6-2', 2, 4, 1, 2],
      ['k6-3', 3, 4, 2, 1],
      ['k6-4', 4, 4, 2, 2],
    ])
    expect(partEnvironment(parts[2]!, 1_000_000)).toEqual({
      EPOCH: '2',
      SHARD: '1',
      SHARDS: '2',
      START_AT: '1060000',
    })
    expect(partText(parts[3]!)).toBe('epoch 2 of 2, shard 2 of 2')
    expect(partFiles('/run', parts[3]!).evidence).toBe('/run/evidence-4.json')
  })

  test('of one epoch begin together, and the next is started its lead before its own time', () => {
    const startAt = commonStart(parts, 1_000_000)
    expect(parts.map((part) => dueAt(part, startAt)).slice(0, 2)).toEqual([1_000_000, 1_000_000])
    const next = parts[2]!
    expect(dueAt(next, startAt)).toBe(startAt + 60_000 - next.leadMs)
    expect(next.leadMs).toBeGreaterThan(0)
  })

  test('have a longer lead for more virtual users', () => {
    const many = { ...soak, residents: [{ actor: 'worker', virtualUsers: 1010 }] }
    expect(partsOf(many, 1)[1]!.leadMs).toBeGreaterThan(partsOf(soak, 1)[1]!.leadMs + 1000)
  })
})

test('the shares of any number of shards make a whole, without gap or overlap', () => {
  const value = (text: string): number => {
    const [above, below = '1'] = text.split('/')
    return Number(above) / Number(below)
  }
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 64 }), (shards) => {
      const shares = partsOf(single, shards).map((part) => segmentArguments(part)[1]!.split(':'))
      expect(shares[0]![0]).toBe('0')
      expect(shares.at(-1)![1]).toBe('1')
      for (const [index, [from, to]] of shares.entries()) {
        if (index > 0) expect(from).toBe(shares[index - 1]![1])
        expect(value(to!) - value(from!)).toBeCloseTo(1 / shards)
      }
      const sequence = segmentArguments(partsOf(single, shards)[0]!)[3]!.split(',')
      expect(sequence).toEqual(['0', ...shares.map(([, to]) => to)])
    }),
  )
})
