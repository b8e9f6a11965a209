// How well limits of 1 and 10 ms are judged: a server of known delays counts itself how many answers took longer. What is
// measured is longer by the way there and back, and by how late k6 started an arrival: both only add.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureBinary } from '../../scripts/build/binaries.ts'
import { inPackage } from '../../scripts/project.ts'
import { measured, Spoilt, triedFor } from '../measured.ts'
import { startDelayingServer } from './delaying-server.ts'

const [perSecond, seconds] = [80, 12]
const limitsMs = [1, 10]
/** A fifth of each: so late may a generator be that judges it. */
const lagsMs = limitsMs.map((limitMs) => limitMs / 5)
/** What the way to a server on this machine and back may add; measured are 0.3 to 0.9 ms, the most beside other programs. */
const wayMs = 1.5
/** Connections are made and code is compiled first. */
const first = 2 * perSecond

/** Half of all between 0.2 and 2.2 ms and half between 8 and 12 ms, in an order without a pattern. */
function delayMs(index: number): number {
  const part = ((index * 0.618033988749895) % 1) * 2
  return part < 1 ? 0.2 + 2 * part : 8 + 4 * (part - 1)
}

let folder = ''
let script = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-fine-'))
  script = path.join(folder, 'load.js')
  await build({
    entryPoints: [inPackage('test/instrument/fine-load.js')],
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    external: ['k6', 'k6/*'],
    logLevel: 'error',
  })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Told {
  index: number
  outcome: string
  ms: number
  lagMs: number
}
interface Figures {
  bad: number[]
  late: number[]
  dropped: number
  exceptions: number
  probes: { med: number; 'p(95)': number; 'p(99)': number; count: number }
}

async function underLoad(baseUrl: string): Promise<{ told: Told[]; figures: Figures }> {
  const [log, figures] = [path.join(folder, 'console.log'), path.join(folder, 'figures.json')]
  await rm(log, { force: true })
  const variables = {
    PER_SECOND: perSecond,
    SECONDS: seconds,
    LIMITS_MS: limitsMs.join(),
    LAGS_MS: lagsMs.join(),
    BASE_URL: baseUrl,
    FIGURES: figures,
  }
  const given = Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const output = ['--console-output', log, '--log-format', 'json']
  const { exitCode, all } = await execa(
    await ensureBinary('k6'),
    ['run', '--quiet', '--no-color', '--address', '', ...output, ...given, script],
    {
      reject: false,
      all: true,
      timeout: 60_000,
      env: { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
    },
  )
  expect([exitCode, all]).toEqual([0, expect.anything()])
  const lines = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '')
  return {
    told: lines.map((line) => JSON.parse((JSON.parse(line) as { msg: string }).msg) as Told),
    figures: JSON.parse(await readFile(figures, 'utf8')) as Figures,
  }
}

const over = (times: number[], limitMs: number): number => times.filter((ms) => ms >= limitMs).length
const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!
const text = (values: number[]): string =>
  [0.5, 0.95, 0.99].map((share) => `P${100 * share} ${quantile(values, share).toFixed(2)}`).join(', ')

/** Where the limit really lay, by the server's times: as many of them are over that as were measured over the limit. */
const realLimitMs = (trueMs: number[], measuredOver: number): number =>
  trueMs.toSorted((a, b) => b - a)[measuredOver - 1] ?? Infinity

test('limits of 1 and 10 ms against a server of known delays', { timeout: triedFor(40_000) }, (context) =>
  measured(context, async () => {
    const server = await startDelayingServer(delayMs)
    const { told, figures } = await underLoad(`http://127.0.0.1:${server.port}`).finally(server.close)
    const { dropped, exceptions, probes } = figures
    expect({ exceptions, failed: told.filter(({ outcome }) => outcome !== 'ok') }).toEqual({
      exceptions: 0,
      failed: [],
    })
    if (dropped > 0) throw new Spoilt(`k6 dropped ${dropped} arrivals`)
    expect(told).toHaveLength(perSecond * seconds)
    expect([...server.tookMs.keys()].sort((a, b) => a - b)).toEqual(told.map((_, index) => index))

    // Nothing is shorter than it was, and what is counted is what was measured.
    const truth = (index: number): number => server.tookMs.get(index)!
    expect(told.filter(({ index, ms, lagMs }) => lagMs < 0 || ms - lagMs < truth(index) - 0.05)).toEqual([])
    const times = told.map(({ ms }) => ms)
    expect(figures.bad).toEqual(limitsMs.map((limitMs) => over(times, limitMs)))

    const judged = told.filter(({ index }) => index >= first)
    const trueMs = judged.map(({ index }) => truth(index))
    const ways = judged.map(({ index, ms, lagMs }) => ms - lagMs - truth(index))
    console.log(
      `lag of arrivals ${text(judged.map(({ lagMs }) => lagMs))} ms; of ${probes.count} probes P50 ${probes.med.toFixed(2)}, ` +
        `P95 ${probes['p(95)'].toFixed(2)}, P99 ${probes['p(99)'].toFixed(2)} ms; the way there and back ${text(ways)} ms`,
    )
    for (const [place, limitMs] of limitsMs.entries()) {
      const share = (values: number[]): number => (100 * over(values, limitMs)) / values.length
      const all = judged.map(({ ms }) => ms)
      const sent = judged.map(({ ms, lagMs }) => ms - lagMs)
      const shiftMs = (values: number[]): number => limitMs - realLimitMs(trueMs, over(values, limitMs))
      const isTooFine = figures.late[place]! > probes.count / 2
      console.log(
        `over ${limitMs} ms: ${share(trueMs).toFixed(1)} % in truth; measured ${share(all).toFixed(1)} %, as if the limit was ` +
          `${shiftMs(all).toFixed(2)} ms less; without the lag ${share(sent).toFixed(1)} %, ${shiftMs(sent).toFixed(2)} ms less; ` +
          `${figures.late[place]} of ${probes.count} probes over ${lagsMs[place]} ms${isTooFine ? ': a median limit is too fine' : ''}`,
      )
      expect(share(all)).toBeGreaterThanOrEqual(share(trueMs))
      expect(shiftMs(sent), `of ${limitMs} ms without the lag`).toBeLessThan(wayMs)
      // The lag of the median, and the way, for which the fifth of 10 ms leaves room enough.
      if (!isTooFine) expect(shiftMs(all), `of ${limitMs} ms`).toBeLessThan(lagsMs[place]! + wayMs)
    }
  }),
)
