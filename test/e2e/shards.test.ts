// One verdict over three k6 processes: the same as over one, and none where one of them is lost.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { RunEvidence } from '../../verdict/evidence.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { assay, assayRun, freshRunId, projectRoot } from '../assay.ts'

const short = { PROFILE: 'kill', DURATION: '30s', SEED: '5' }

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
      const [, phase, index] = /-client-([a-z-]+)-(\d+)-\d+"/.exec(line) ?? []
      if (phase !== undefined) (found[phase] ??= []).push(Number(index))
    }
  }
  return found
}

const requestsOf = ({ steps }: RunEvidence): number =>
  steps.filter(({ step }) => step !== 'leftovers').reduce((sum, { requests }) => sum + requests, 0)

type Run = Awaited<ReturnType<typeof assayRun>>

/** A run that its generator could keep up with: what was INVALID is repeated, as its verdict asks for. */
async function validRun(name: string, variables: Record<string, string>): Promise<Run> {
  const run = await assayRun(name, variables)
  return (await run.verdict()).verdict === 'INVALID' ? assayRun(name, variables) : run
}

describe('three shards', () => {
  let [one, three]: (Run | null)[] = [null, null]
  beforeAll(async () => {
    one = await validRun('one-process', short)
    three = await validRun('three-shards', { ...short, SHARDS: '3' })
  }, 400_000)

  test('come to the same verdict as one process', async () => {
    const [alone, together] = [await one!.verdict(), await three!.verdict()]
    const statuses = ({ criteria }: Verdict) => criteria.map(({ id, status }) => [id, status])
    expect(statuses(together)).toEqual(statuses(alone))
    expect(alone.criteria.filter(({ status }) => status === 'PASS').length).toBeGreaterThanOrEqual(5)
    expect([together.verdict, three!.exitCode]).toEqual([alone.verdict, one!.exitCode])
    expect(together.reasons).toEqual(alone.reasons)
  })

  test('offer the same load: as many arrivals, and every one of them exactly once', async () => {
    const [alone, together] = [await one!.evidence(), await three!.evidence()]
    expect(together.generator.planned).toBe(alone.generator.planned)
    const difference = Math.abs(together.generator.started - alone.generator.started)
    expect(difference).toBeLessThanOrEqual(0.01 * alone.generator.started)
    expect(Math.abs(requestsOf(together) - requestsOf(alone))).toBeLessThanOrEqual(0.05 * requestsOf(alone))
    const found = await submissions(three!.folder)
    for (const [phase, count] of Object.entries(planned)) {
      const indices = found[phase]!.sort((a, b) => a - b)
      expect([phase, indices]).toEqual([phase, Array.from({ length: count }, (_, index) => index)])
    }
  })

  test('leave the evidence of each, and began together', async () => {
    const parts = await Promise.all(
      [1, 2, 3].map(
        async (shard) =>
          JSON.parse(
            await readFile(path.join(three!.folder, `evidence-${shard}.json`), 'utf8'),
          ) as RunEvidence,
      ),
    )
    expect(parts.map(({ shard, of, late = 0 }) => [shard, of, late < 1000])).toEqual([
      [1, 3, true],
      [2, 3, true],
      [3, 3, true],
    ])
    for (const { generator } of parts) expect(generator.started).toBeGreaterThan(250)
    expect(three!.output).toContain('3 shards')
    expect(await readFile(path.join(three!.folder, 'report.md'), 'utf8')).toMatch(
      /k6 memory by shard: \d+, \d+, \d+ MB/,
    )
  })
})

/** The process whose arguments hold this text, or null. */
async function pidOf(argument: string): Promise<number | null> {
  for (const name of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
    const words = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (words.split('\0').includes(argument)) return Number(name)
  }
  return null
}

/** How many points of the queue's length a run has told so far: about one a second of its load. */
async function pointsTold(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => [])
  const texts = await Promise.all(
    names
      .filter((name) => name.startsWith('events-'))
      .map((name) => readFile(path.join(folder, name), 'utf8')),
  )
  return texts.join('').split('queue-length').length - 1
}

describe.runIf(process.platform === 'linux')('a shard that is lost', () => {
  test('ends the others, and makes the run INVALID by its name', { timeout: 115_000 }, async () => {
    const run = freshRunId('lost-shard')
    const folder = path.join(projectRoot, 'reports', run)
    const running = assay(
      ['run', 'PROFILE=kill', 'DURATION=15s', 'SEED=5', 'SHARDS=3', `RUN=${run}`],
      {},
      { timeoutMs: 110_000 },
    )
    await vi.waitFor(async () => expect(await pointsTold(folder)).toBeGreaterThanOrEqual(6), {
      timeout: 60_000,
      interval: 200,
    })
    const pid = await pidOf(path.join(folder, 'events-2.ndjson'))
    expect(pid).not.toBeNull()
    process.kill(pid!, 'SIGKILL')
    const { exitCode } = await running
    expect(exitCode).toBe(3)
    const verdict = JSON.parse(await readFile(path.join(folder, 'verdict.json'), 'utf8')) as Verdict
    expect(verdict.verdict).toBe('INVALID')
    expect(verdict.reasons).toContain('k6 of shard 2 of 3 ended by SIGKILL before its end')
    expect(verdict.reasons).toContain('shard 2 of 3 brought no evidence')
    expect(verdict.reasons.join()).not.toMatch(/shard [13] of 3/)
  })
})
