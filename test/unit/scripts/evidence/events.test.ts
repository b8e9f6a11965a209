// What the k6 processes of a run tell, taken together from all of their consoles.
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EventLog } from '../../../../scripts/evidence/events.ts'
import { partsOf } from '../../../../scripts/run/parts.ts'
import { Points } from '../../../../scripts/evidence/points.ts'
import { Progress } from '../../../../scripts/run/progress.ts'
import { planOf } from '../runner-plan.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-events-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const line = (event: Record<string, unknown>): string =>
  `${JSON.stringify({ level: 'info', msg: JSON.stringify(event), time: '' })}\n`

async function logOf(...consoles: string[][]): Promise<EventLog> {
  const sources = consoles.map((_, index) => ({ file: join(folder, `${index}.ndjson`), label: 'epoch 1' }))
  for (const [index, lines] of consoles.entries()) await writeFile(sources[index]!.file, lines.join(''))
  const log = new EventLog(sources)
  await log.follow()
  return log
}

const bad = (t: number, phase: string, ...rules: string[]) =>
  line({ event: 'bad', t, step: 'submit', status: 500, ms: 1, correlationId: 'c', phase, rules })

describe('events of several processes', () => {
  test('add up by rule, second, phase, unit and bucket', async () => {
    const tally = (buckets: Record<string, number>) =>
      line({ event: 'tally', of: 'api', phase: 'steady', growth: 1.05, buckets })
    const unit = (quantity: number) =>
      line({ event: 'unit', of: 'tasks', kind: 'normal', unit: 'w-1', quantity, capacity: 0.5 })
    const log = await logOf(
      [bad(1000, 'steady', 'a'), tally({ '3': 2, zero: 1 }), unit(4), line({ event: 'start', t0: 900 })],
      [bad(1900, 'steady', 'a', 'b'), bad(2000, 'surge', 'b'), tally({ '3': 5 }), unit(6)],
      [line({ event: 'start', t0: 880 })],
    )
    expect([...log.badByRule]).toEqual([
      ['a', 2],
      ['b', 2],
    ])
    expect(log.badSeconds.get('a')).toEqual(new Map([[1, 2]]))
    expect(log.badByPhase.get('surge')).toEqual(new Map([['b', 1]]))
    expect(log.tallies.get('api')!.get('steady')!.buckets).toEqual({ '3': 7, zero: 1 })
    expect([...log.units.values()]).toMatchObject([{ unit: 'w-1', quantity: 10, capacity: 1 }])
    expect(log.t0).toBe(880)
  })

  test('count as often as a line stands for', async () => {
    const many = (t: number, phase: string, count: number) =>
      line({
        event: 'bad',
        t,
        step: 'hit',
        status: 0,
        ms: 0,
        correlationId: '',
        phase,
        rules: ['a', 'b'],
        count,
      })
    const log = await logOf(
      [many(1000, 'steady', 55), bad(1500, 'steady', 'a')],
      [many(1900, 'steady', 4), many(2000, 'surge', 7)],
    )
    expect(Object.fromEntries(log.badByRule)).toEqual({ a: 67, b: 66 })
    expect(log.badSeconds.get('a')).toEqual(
      new Map([
        [1, 60],
        [2, 7],
      ]),
    )
    expect(log.badByPhase.get('steady')).toEqual(
      new Map([
        ['a', 60],
        ['b', 59],
      ]),
    )
    expect(log.bad).toHaveLength(4)
  })

  test('are read on from where each console was left, whole lines only', async () => {
    const [first, second] = [bad(1000, 'steady', 'a'), bad(2000, 'steady', 'a')]
    const log = await logOf([first, second.slice(0, 30)], [bad(1000, 'steady', 'b')])
    expect(log.badByRule.get('a')).toBe(1)
    await appendFile(join(folder, '0.ndjson'), second.slice(30))
    await log.follow()
    await log.follow()
    expect(Object.fromEntries(log.badByRule)).toEqual({ a: 2, b: 1 })
  })

  test('leave behind what the last process of each epoch saw', async () => {
    const left = (what: string[]) => line({ event: 'leftovers', left: what })
    const sources = ['1', '2', '3'].map((name, index) => ({
      file: join(folder, name),
      label: index < 2 ? 'epoch 1' : 'epoch 2',
    }))
    const log = new EventLog(sources)
    await writeFile(sources[0]!.file, left(['2 workers']))
    await writeFile(sources[2]!.file, left(['1 task']))
    await log.follow()
    expect(log.leftovers).toEqual(['2 workers', '1 task'])
    await writeFile(sources[1]!.file, left([]))
    await log.follow()
    expect(log.leftovers).toEqual(['1 task'])
  })

  test('with tallies that do not fit are an error that says so', async () => {
    const tally = (growth: number) =>
      line({ event: 'tally', of: 'api', phase: 'p', growth, buckets: { '1': 1 } })
    await expect(logOf([tally(1.05)], [tally(1.1)])).rejects.toThrow(
      /api differ in their growth: 1.05 and 1.1/,
    )
  })
})

test('why nobody answered is told without a password', async () => {
  const cause = 'proxyconnect http://me:hunter2@proxy.example:3128: connection refused'
  const log = await logOf([line({ event: 'preflight', problems: [], missing: [], reached: false, cause })])
  expect(log.preflight!.cause).toBe(
    'proxyconnect http://me:[redacted]@proxy.example:3128: connection refused',
  )
})

test('values of observations are kept as the least, the most, and the last by its time, of all processes', async () => {
  const value = (t: number, value: number) => line({ event: 'value', of: 'speedup', t, value })
  const log = await logOf([value(10, 5), value(30, 7)], [value(20, 9), value(5, 6)])
  expect([...log.values]).toEqual([
    ['speedup', { firstAt: 5, first: 6, lastAt: 30, last: 7, least: 5, most: 9 }],
  ])
})

describe('points over time', () => {
  test('of two days are bounded, keep every peak, and a count stays a count', () => {
    const [queue, completed] = [new Points(), new Points()]
    const seconds = 2 * 86_400
    for (let second = 0; second < seconds; second++) {
      queue.add({ t: second * 1000, value: second === 70_001 ? 500 : 3 })
      completed.add({ t: second * 1000, value: second * 40 })
    }
    for (const points of [queue.all(), completed.all()]) {
      expect(points.length).toBeLessThanOrEqual(20_001)
      expect(points.length).toBeGreaterThan(5_000)
    }
    expect(Math.max(...queue.all().map(({ value }) => value))).toBe(500)
    for (const { t, value } of completed.all()) expect(value).toBe((t / 1000) * 40)
    expect(completed.all().at(-1)!.value).toBe((seconds - 1) * 40)
    expect(queue.last).toEqual({ t: (seconds - 1) * 1000, value: 3 })
    expect(queue.values).toMatchObject({ first: 3, last: 3, least: 3, most: 500 })
  })
})

test('progress tells the time of the whole run, and which epoch it is in', async () => {
  const plan = planOf([
    { kind: 'normal', seconds: 60 },
    { kind: 'handover', seconds: 10 },
    { kind: 'normal', seconds: 60 },
  ])
  const point = (of: string, value: number) => line({ event: 'point', of, t: 1, value })
  const log = await logOf([
    line({ event: 'start', t0: 1_000_000 }),
    point('queue-length', 7),
    point('completed', 900),
  ])
  const said: string[] = []
  const work = { done: 'completed', inTime: 'in-time', withinMs: 10_000, waiting: 'queue-length' }
  const progress = new Progress({ ...plan, work }, partsOf(plan, 2), log, (text) => said.push(text))
  progress.tick(1_000_000 + 5_000)
  progress.tick(1_000_000 + 6_000)
  progress.tick(1_000_000 + 75_000)
  expect(said).toHaveLength(2)
  expect(said[0]).toMatch(/^00:05 ▶ normal-1 .*epoch 1 of 2, 2 shards, 7 waiting, no violations$/)
  expect(said[1]).toMatch(/^01:15 ▶ normal-3 .*epoch 2 of 2, 2 shards/)
})
