// One verdict over three k6 processes: the same as over one.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RunEvidence } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { outcomeOf, tried, triedFor, validRun } from '../../../measured.ts'

const short = { SYSTEM: 'cocoon', PROFILE: 'kill', DURATION: '30s', PARTIAL: '1', SEED: '5' }

/** Arrivals of work that the plan has in these 30 s, by phase. */
const planned = { 'warm-up': 100, steady: 650 }

/** The index of every submission that reached the pool, by phase, as the gateways logged it. */
async function submissions(folder: string): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  const services = path.join(folder, 'services')
  for (const file of (await readdir(services)).filter((name) => name.startsWith('gateway'))) {
    const text = await readFile(path.join(services, file), 'utf8')
    const requests = text.split('\n').filter((line) => line.includes('"step":"submit"'))
    for (const line of requests) {
      const [, phase, index] = /-client_([a-z-]+)-(\d+)-\d+"/.exec(line) ?? []
      if (phase !== undefined) (found[phase] ??= []).push(Number(index))
    }
  }
  return found
}

const requestsOf = ({ steps }: RunEvidence): number =>
  steps.filter(({ step }) => step !== 'leftovers').reduce((sum, { requests }) => sum + requests, 0)

/** Both runs, made once for all tests: by one process and by three. */
const makeRuns = async () =>
  [await validRun('one-process', short), await validRun('three-shards', { ...short, SHARDS: '3' })] as const
let made: ReturnType<typeof tried<Awaited<ReturnType<typeof makeRuns>>>> | undefined
const runs = () => (made ??= tried(makeRuns))
const mostMs = triedFor(300_000)

describe('three shards', () => {
  test('come to the same verdict as one process', { timeout: mostMs }, async (context) => {
    const [one, three] = outcomeOf(context, await runs())
    const [alone, together] = [await one.verdict(), await three.verdict()]
    const statuses = ({ criteria }: Verdict) => criteria.map(({ id, status }) => [id, status])
    expect(statuses(together)).toEqual(statuses(alone))
    expect(alone.criteria.filter(({ status }) => status === 'PASS').length).toBeGreaterThanOrEqual(5)
    expect([together.verdict, three.exitCode]).toEqual([alone.verdict, one.exitCode])
    expect(together.reasons).toEqual(alone.reasons)
  })

  test(
    'offer the same load: as many arrivals, and every one of them exactly once',
    { timeout: mostMs },
    async (context) => {
      const [one, three] = outcomeOf(context, await runs())
      const [alone, together] = [await one.evidence(), await three.evidence()]
      expect(together.generator.planned).toBe(alone.generator.planned)
      const difference = Math.abs(together.generator.started - alone.generator.started)
      expect(difference).toBeLessThanOrEqual(0.01 * alone.generator.started)
      expect(Math.abs(requestsOf(together) - requestsOf(alone))).toBeLessThanOrEqual(0.05 * requestsOf(alone))
      const found = await submissions(three.folder)
      for (const [phase, count] of Object.entries(planned)) {
        const indices = found[phase]!.sort((a, b) => a - b)
        expect([phase, indices]).toEqual([phase, Array.from({ length: count }, (_, index) => index)])
      }
    },
  )

  test('leave the evidence of each, and began together', { timeout: mostMs }, async (context) => {
    const [, three] = outcomeOf(context, await runs())
    const parts = await Promise.all(
      [1, 2, 3].map(
        async (shard) =>
          JSON.parse(
            await readFile(path.join(three.folder, `evidence-${shard}.json`), 'utf8'),
          ) as RunEvidence,
      ),
    )
    expect(parts.map(({ shard, of, late = 0 }) => [shard, of, late < 1000])).toEqual([
      [1, 3, true],
      [2, 3, true],
      [3, 3, true],
    ])
    for (const { generator } of parts) expect(generator.started).toBeGreaterThan(250)
    expect(three.output).toContain('3 shards')
    expect(await readFile(path.join(three.folder, 'report.md'), 'utf8')).toMatch(
      /k6 memory by shard: \d+, \d+, \d+ MB/,
    )
  })
})
