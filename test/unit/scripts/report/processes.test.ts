// The report of a run of several k6 processes: their records as one series, and what memory each took.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Buckets } from '../../../../scripts/report/read/buckets.ts'
import { writeReport } from '../../../../scripts/report/index.ts'
import { k6MemoryText } from '../../../../scripts/report/read/k6-memory.ts'
import { ProcessSum, type Folding } from '../../../../scripts/report/read/process-sum.ts'
import { readSeries } from '../../../../scripts/report/read/series.ts'
import { writeRunFixture } from '../../../fixtures/report/run-fixture.ts'

// Recorded by k6: 20 requests a second for six seconds.
const recorded = join(import.meta.dirname, '../../..', 'fixtures', 'report', 'k6-dashboard.ndjson')

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-parts-report-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const numbers = (values: (number | null)[] | undefined): number[] =>
  (values ?? []).filter((value) => value !== null)

describe('the series of several processes', () => {
  const rate: Folding = { within: 'mean', across: 'add' }
  const percentile: Folding = { within: 'max', across: 'worst' }

  /** Each process: from which second to which, with which rate and percentile. */
  function sumOf(seconds: number, processes: [from: number, to: number, rate: number, ms: number][]) {
    const buckets = new Buckets(0, seconds * 1000)
    const sum = new ProcessSum(buckets)
    for (const [index, [from, to, perSecond, ms]] of processes.entries()) {
      for (let second = from; second < to; second++) {
        sum.add(String(index), 'rate', second * 1000 + 300, perSecond, rate)
        sum.add(String(index), 'ms', second * 1000 + 300, ms, percentile)
      }
      sum.endProcess()
    }
    sum.finish()
    return {
      rates: numbers(buckets.values('rate')),
      ms: numbers(buckets.values('ms')),
      stepMs: buckets.stepMs,
    }
  }

  test('adds shards up, and shows the worst percentile', () => {
    const { rates, ms } = sumOf(10, [
      [0, 10, 20, 5],
      [0, 10, 30, 9],
      [0, 10, 50, 7],
    ])
    expect([new Set(rates), new Set(ms)]).toEqual([new Set([100]), new Set([9])])
  })

  test('follows epochs, also in a point of many seconds in which one ends and the next begins', () => {
    const { rates, stepMs } = sumOf(6000, [
      [0, 3005, 40, 5],
      [3005, 6000, 40, 5],
    ])
    expect(stepMs).toBeGreaterThan(1000)
    expect(new Set(rates.map((value) => value.toFixed(6)))).toEqual(new Set(['40.000000']))
  })

  test('adds what overlaps for as long as it does', () => {
    const { rates } = sumOf(20, [
      [0, 12, 10, 1],
      [8, 20, 10, 1],
    ])
    expect(rates).toEqual([
      ...Array<number>(8).fill(10),
      ...Array<number>(4).fill(20),
      ...Array<number>(8).fill(10),
    ])
  })

  test('does not count a sample twice that came a little early', () => {
    const buckets = new Buckets(0, 3000)
    const sum = new ProcessSum(buckets)
    for (const t of [5, 995, 2005]) sum.add('1', 'rate', t, 10, rate)
    sum.finish()
    expect(buckets.values('rate')).toEqual([10, null, 10])
  })

  test('is read from the record of every process', async () => {
    const text = await readFile(recorded, 'utf8')
    const first = text.split('\n').find((line) => line.startsWith('{"event":"start"'))
    const start = (JSON.parse(first ?? '') as { data: [[number]] }).data[0][0]
    await writeFile(join(folder, 'k6-dashboard-1.ndjson'), text)
    await writeFile(join(folder, 'k6-dashboard-2.ndjson'), text)
    const missing: { file: string; why: string; absent: string }[] = []
    const { load } = await readSeries(folder, start, start + 8000, null, missing)
    expect(missing.map(({ file }) => file)).toEqual(['services/resources.ndjson'])
    const rates = numbers(load.values('http_reqs rate'))
    expect(rates.length).toBeGreaterThanOrEqual(5)
    for (const value of rates) expect(Math.abs(value - 40)).toBeLessThanOrEqual(4)
    for (const ms of numbers(load.values('http_req_duration med'))) expect(Math.abs(ms - 21)).toBeLessThan(2)
    expect(numbers(load.values('vus_max value'))).toContain(10)
  })
})

describe('the memory of k6', () => {
  const peaks = (...megabytes: number[]): Map<string, number> =>
    new Map(megabytes.map((each, index) => [`k6-${index + 1}`, each * 1e6]))

  test('is told by epoch, shards added up, or by shard where there is one epoch', () => {
    expect(k6MemoryText(peaks(210, 212, 209), 1)).toEqual(['k6 memory by epoch', '210, 212, 209 MB'])
    expect(k6MemoryText(peaks(210, 212, 209), 3)).toEqual(['k6 memory by shard', '210, 212, 209 MB'])
    expect(k6MemoryText(peaks(100, 110, 120, 130), 2)).toEqual(['k6 memory by epoch', '210, 250 MB'])
    expect(k6MemoryText(new Map([['k6', 3e8]]), 1)).toBeNull()
    expect(k6MemoryText(new Map([...peaks(5)].reverse()), 1)).toBeNull()
  })

  test('is in both reports, and the processes are one line in the charts', async () => {
    const verdict = await writeRunFixture(folder)
    const t = Date.parse(verdict.started)
    const sample = (service: string, second: number, rssBytes: number): string =>
      JSON.stringify({ t: t + second * 1000, service, cpu: 0.5, rssBytes, openFiles: 1 })
    const lines = [
      sample('k6-1', 1, 90e6),
      sample('k6-1', 2, 210e6),
      sample('k6-2', 1, 50e6),
      sample('k6-2', 2, 212e6),
    ]
    await writeFile(join(folder, 'services', 'resources.ndjson'), lines.join('\n'))
    await writeFile(join(folder, 'config.json'), JSON.stringify({ variables: { SHARDS: 2 } }))
    const { html, markdown } = await writeReport(folder)
    expect(await readFile(markdown, 'utf8')).toContain('k6 memory by shard: 210, 212 MB')
    const page = await readFile(html, 'utf8')
    expect(page).toMatch(/k6 memory by shard<\/dt><dd>210, 212 MB/)
    const { resources, services } = await readSeries(folder, t, t + 4000, null, [])
    expect(services).toEqual(['k6'])
    expect(resources.values('k6 memory')).toEqual([null, 140e6, 422e6, null])
    expect(resources.values('k6 cpu')).toEqual([null, 1, 1, null])
  })
})
