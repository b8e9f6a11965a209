// What a resident is told of its presence: the plan says when it comes and goes.
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { makeWorld } from '../../../../lib/drive/world.ts'
import type { RunData } from '../../../../lib/drive/actor.ts'

vi.mock('k6', () => ({ sleep: () => undefined }))
vi.mock('k6/http', () => ({ default: {} }))
vi.mock('k6/data', () => ({}))
vi.mock('k6/execution', () => ({ default: {} }))
vi.mock('k6/metrics', () => {
  const Metric = class {
    add(): void {}
  }
  return { Counter: Metric, Rate: Metric, Trend: Metric, Gauge: Metric }
})

const t0 = 1_000_000
beforeEach(() => void vi.useFakeTimers({ now: t0 }))
afterEach(() => void vi.useRealTimers())

/** Up to four for ten seconds, two for ten, four again for ten: the third resident comes, goes and comes back. */
const data = {
  driveSeconds: 30,
  levels: [
    { start: 0, end: 10, from: 0, to: 4 },
    { start: 10, end: 20, from: 2, to: 2 },
    { start: 20, end: 30, from: 4, to: 4 },
  ],
  segments: {},
  phases: [],
  rest: {},
  tallies: [],
  record: false,
  target: {},
} as unknown as RunData

const seenAt = (index: number, ...times: number[]) => {
  const world = makeWorld(data, t0, index, 'resident')
  return times.map((seconds) => {
    vi.setSystemTime(t0 + seconds * 1000)
    return [world.present(), Number(world.absentFor().toFixed(2))]
  })
}

test('a resident is present while the level is above its index, and is told how long it stays away', () => {
  expect(seenAt(2, 0, 4, 6, 12, 25)).toEqual([
    [false, 5],
    [false, 1],
    [true, 0],
    [false, 8],
    [true, 0],
  ])
})

test('one that the level never reaches stays away until the end, and nobody is present after it', () => {
  expect(seenAt(7, 5, 29)).toEqual([
    [false, 25],
    [false, 1],
  ])
  expect(seenAt(0, 29, 30, 31)).toEqual([
    [true, 0],
    [false, 0],
    [false, 0],
  ])
})

test('an observation is held against its limits without the part of its time that the plan made', () => {
  const told = vi.spyOn(console, 'info').mockImplementation(() => undefined)
  const checks = { normal: { wait: [['waits', 30_000, null]], look: [['looks', 0, null]] } }
  const judging = {
    ...data,
    checks,
    rates: {},
    agreements: {},
    promiseAccounts: {},
    record: true,
  } as unknown as RunData
  const world = makeWorld(judging, t0, 0, 'resident')
  expect([
    world.limitMs('wait', 'normal'),
    world.limitMs('look', 'normal'),
    world.limitMs('wait', 'peak'),
  ]).toEqual([30_000, Infinity, Infinity])
  for (const plannedMs of [0, 5000, 5001]) world.observe('wait', 'normal', null, { ms: 35_000, plannedMs })
  world.observe('wait', 'normal', null, { ms: 29_999 })
  expect(told.mock.calls.map(([line]) => JSON.parse(line as string) as object)).toMatchObject([
    { event: 'bad', ms: 35_000, rules: ['waits'] },
    { event: 'bad', ms: 35_000, rules: ['waits'] },
  ])
})
