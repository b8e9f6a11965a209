// What the report reads over time: k6's record as k6 writes it, resource samples, and bounded buckets.
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ResourceSample } from '../../../../keeper/service.ts'
import { Buckets } from '../../../../scripts/report/read/buckets.ts'
import { readSeries } from '../../../../scripts/report/read/series.ts'
import { readTimeline } from '../../../../scripts/report/read/timeline.ts'

// Recorded by k6 v1.8.1 with tag=step: 20 requests a second for six seconds at a server that answers after 20 ms, every
// tenth with status 500.
const recorded = join(import.meta.dirname, '../../..', 'fixtures', 'report', 'k6-dashboard.ndjson')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-report-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const numbers = (values: (number | null)[] | undefined): number[] =>
  (values ?? []).filter((value) => value !== null)

describe('the record of k6', () => {
  test('gives rates, percentiles and failures, by step too', async () => {
    await copyFile(recorded, join(folder, 'k6-dashboard.ndjson'))
    const start = await startOfRecord()
    const missing: { file: string }[] = []
    const { load } = await readSeries(folder, start, start + 8000, null, missing as never)
    expect(missing.map((one) => one.file)).toEqual(['services/resources.ndjson'])
    for (const tag of ['', '{step:submit}']) {
      const rates = numbers(load.values(`http_reqs${tag} rate`))
      expect(rates.length).toBeGreaterThanOrEqual(5)
      for (const rate of rates) expect(Math.abs(rate - 20)).toBeLessThanOrEqual(2)
      for (const ms of numbers(load.values(`http_req_duration${tag} med`)))
        expect(Math.abs(ms - 21)).toBeLessThan(2)
      for (const rate of numbers(load.values(`failed${tag} rate`)))
        expect(Math.abs(rate - 2)).toBeLessThan(0.2)
    }
    expect(numbers(load.values('vus_max value'))).toContain(5)
  })

  test('names a file that is missing or cut off, and reads what is whole', async () => {
    const text = await readFile(recorded, 'utf8')
    const cut = text.slice(0, text.lastIndexOf('"snapshot"') + 40)
    await writeFile(join(folder, 'k6-dashboard.ndjson'), cut)
    const start = await startOfRecord()
    const missing: { file: string; why: string; absent: string }[] = []
    const { load } = await readSeries(folder, start, start + 8000, null, missing)
    expect(missing[0]?.file).toBe('k6-dashboard.ndjson')
    expect(missing[0]?.why).toMatch(/^1 of \d+ lines are unreadable$/)
    expect(missing[1]).toMatchObject({ file: 'services/resources.ndjson', why: 'not there' })
    expect(numbers(load.values('http_reqs rate')).length).toBeGreaterThanOrEqual(4)
  })
})

async function startOfRecord(): Promise<number> {
  const line = (await readFile(recorded, 'utf8'))
    .split('\n')
    .find((one) => one.startsWith('{"event":"start"'))
  return (JSON.parse(line ?? '') as { data: [[number]] }).data[0][0]
}

describe('resource samples', () => {
  test('turn disk counters into rates, also across a restart', async () => {
    const sample = (t: number, diskWriteBytes: number): ResourceSample => ({
      t,
      service: 'gateway-1',
      cpu: 0.5,
      privateBytes: 90,
      rssBytes: 100,
      diskReadBytes: 0,
      diskWriteBytes,
      openFiles: 3,
      databaseConnections: 7,
    })
    await mkdir(join(folder, 'services'))
    const lines = [sample(0, 1000), sample(2000, 5000), sample(3000, 300)].map((line) => JSON.stringify(line))
    await writeFile(join(folder, 'services', 'resources.ndjson'), lines.join('\n'))
    const { resources, services } = await readSeries(folder, 0, 4000, null, [])
    expect(services).toEqual(['gateway-1'])
    expect(resources.values('gateway-1 disk write')).toEqual([null, null, 2000, 300])
    expect(resources.values('gateway-1 connections')).toEqual([7, null, 7, 7])
  })
})

describe('the timeline', () => {
  test('gives marks as entries and points as curves', async () => {
    const lines = [
      { t: 0, kind: 'phase', name: 'normal' },
      { t: 500, kind: 'point', name: 'queue-length', value: 4 },
      { t: 900, kind: 'point', name: 'queue-length', value: 7 },
      { t: 2100, kind: 'point', name: 'queue-length', value: 1 },
      { t: 2500, kind: 'mark', name: 'settled' },
      { t: 2600, kind: 'point', name: 'queue-length', value: 'many' },
    ]
    await writeFile(join(folder, 'timeline.ndjson'), lines.map((line) => JSON.stringify(line)).join('\n'))
    const points = new Buckets(0, 3000)
    const missing: { file: string; why: string; absent: string }[] = []
    const entries = await readTimeline(folder, points, missing)
    expect(entries.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['phase normal', 'mark settled'])
    expect(points.values('queue-length')).toEqual([7, null, 1])
    expect(missing.map(({ why }) => why)).toEqual(['1 of 6 lines are unreadable'])
  })
})

describe('buckets', () => {
  test('hold a day in a bounded number of points, and never hide a peak of a maximum', () => {
    const buckets = new Buckets(0, 86_400_000)
    for (let second = 0; second < 86_400; second += 1) {
      buckets.add('latency', second * 1000, second === 50_000 ? 900 : 10, 'max')
      buckets.add('rate', second * 1000, 4, 'mean')
      buckets.add('bad', second * 1000, 1, 'ratio', 4)
    }
    expect(buckets.count).toBeLessThanOrEqual(600)
    expect(Math.max(...numbers(buckets.values('latency')))).toBe(900)
    expect(new Set(buckets.values('rate'))).toEqual(new Set([4]))
    expect(new Set(buckets.values('bad'))).toEqual(new Set([0.25]))
  })

  test('leave out samples outside the run and keep gaps as gaps', () => {
    const buckets = new Buckets(10_000, 13_000)
    for (const t of [9_999, 10_000, 12_000, 13_000]) buckets.add('x', t, 1, 'mean')
    expect(buckets.values('x')).toEqual([1, null, 1])
    expect(buckets.values('y')).toBeUndefined()
  })

  test('refuse names without end and say which had no room', () => {
    const buckets = new Buckets(0, 1000)
    for (let index = 0; index < 5000; index += 1) buckets.add(`name-${index}`, 0, 1, 'mean')
    expect(buckets.names().length).toBeLessThan(1000)
    expect(buckets.left.size).toBeGreaterThan(0)
  })
})
