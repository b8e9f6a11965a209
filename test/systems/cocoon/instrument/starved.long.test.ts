// A generator that cannot keep up must say so: it is stopped and continued while it runs, which no load could do so evenly.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findK6 } from '../../../../scripts/build/binaries.ts'
import { assayRun } from '../../../assay.ts'
import { until } from '../../../services.ts'
import { measured, triedFor } from '../../../measured.ts'
import { startStubPool } from '../stub/server.ts'

const [stoppedMs, runningMs] = [60, 140]

let folder: string
let wrapper: string
let pidFile: string
let stub: Awaited<ReturnType<typeof startStubPool>>

/** A k6 that says which process it is. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'assay-starved-'))
  wrapper = path.join(folder, 'k6')
  pidFile = path.join(folder, 'pid')
  const k6 = (await findK6({})).path
  const script = `#!/bin/sh\n[ "$1" = run ] && echo $$ > '${pidFile}'\nexec '${k6}' "$@"\n`
  await writeFile(wrapper, script, { mode: 0o755 })
  stub = await startStubPool()
})
afterAll(async () => {
  await stub?.close()
  await rm(folder, { recursive: true, force: true })
})

/** False when there is no such process any more. */
function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

/** Stops and continues the generator until it is gone; says how often it did. */
async function starve(ended: AbortSignal): Promise<number> {
  const pidOf = () => readFile(pidFile, 'utf8').then(Number, () => 0)
  await until('k6 says its pid', 20_000, async () => (await pidOf()) > 0)
  const pid = await pidOf()
  let pulses = 0
  try {
    while (!ended.aborted && signal(pid, 'SIGSTOP')) {
      await delay(stoppedMs)
      signal(pid, 'SIGCONT')
      pulses++
      await delay(runningMs)
    }
  } finally {
    signal(pid, 'SIGCONT')
  }
  return pulses
}

/** A short run against the honest stub, and the processes that were left of it. */
async function shortRun(name: string) {
  const run = await assayRun(name, {
    SYSTEM: 'cocoon',
    PROFILE: 'kill',
    DURATION: '8s',
    BASE_URL: stub.baseUrl,
    K6: wrapper,
  })
  const { stdout } = await execa('ps', ['-eo', 'args'])
  const left = stdout.split('\n').filter((line) => line.includes(path.basename(run.folder)))
  return { ...run, left }
}

test(
  'a generator that is kept from running is INVALID (3), by its scheduling lag',
  { timeout: 60_000 },
  async () => {
    const ended = new AbortController()
    const starving = starve(ended.signal)
    const run = await shortRun('starved').finally(() => ended.abort())
    const pulses = await starving
    expect(pulses).toBeGreaterThan(20)
    const verdict = await run.verdict()
    expect(verdict.verdict, run.output).toBe('INVALID')
    expect(verdict.reasons.join('\n')).toMatch(/scheduling lag P99 is [\d.]+ ms, over 25 ms/)
    expect(verdict.generator.lag_ms).toBeGreaterThan(25)
    expect(verdict.generator.lag_ms).toBeLessThan(stoppedMs + runningMs)
    const latency = verdict.criteria.find(({ id }) => id === 'cocoon.load.latency-p95')!
    expect(latency.status).toBe('INVALID')
    expect(run.output.trim().split('\n').at(-1)).toBe('verdict: INVALID (3)')
    expect(run.exitCode).toBe(3)
    expect(run.left).toEqual([])
  },
)

test('the same generator left alone is not INVALID', { timeout: triedFor(60_000) }, (context) =>
  measured(context, async () => {
    const run = await shortRun('fed')
    const verdict = await run.verdict()
    expect(verdict.criteria.map(({ status }) => status)).not.toContain('INVALID')
    // Too short for what the case requires, which is no fault of the generator.
    expect(verdict.verdict, run.output).toBe('UNDECIDED')
    expect(verdict.criteria.find(({ id }) => id === 'cocoon.target.submit-p95')!.status).toBe('PASS')
    expect(run.left).toEqual([])
  }),
)
