// A k6 process that is lost takes the verdict with it: no part of a run is taken for the whole.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { assay, freshRunId, pidOf, projectRoot } from '../../../assay.ts'

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
      ['run', 'SYSTEM=cocoon', 'PROFILE=kill', 'DURATION=15s', 'SEED=5', 'SHARDS=3', `RUN=${run}`],
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
