// Beside programs that keep every core busy a system without defects is slow, and no run may call it broken.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { expect, test } from 'vitest'
import { assayRun } from '../assay.ts'

/** Long enough for the whole run, and over soon if nobody ends them. */
const mostSeconds = 200

test(
  'a run on a busy machine is INVALID (3), and says who waited and what others took',
  { timeout: 240_000 },
  async ({ onTestFinished }) => {
    const loop = `for (const end = Date.now() + ${mostSeconds}_000; Date.now() < end; );`
    const loops = Array.from({ length: availableParallelism() }, () =>
      spawn(process.execPath, ['-e', loop], { stdio: 'ignore' }),
    )
    onTestFinished(() => {
      for (const one of loops) one.kill('SIGKILL')
    })
    const run = await assayRun('busy-machine', { PROFILE: 'kill', DURATION: '30s', SEED: '1' })
    const verdict = await run.verdict()
    expect(verdict.verdict, run.output).toBe('INVALID')
    expect(run.exitCode).toBe(3)
    expect(verdict.criteria.map(({ status }) => status)).not.toContain('FAIL')
    expect(verdict.reasons.join('\n')).toMatch(
      /the machine was busy with other things: .* other programs or its host took [\d.]+ % of its \d+ cores, and [a-z0-9-]+ waited for a core/,
    )
    expect(verdict.machine).toMatchObject({ cores: availableParallelism(), unjudged: null })
    expect(verdict.machine!.taken).toBeGreaterThan(0.3)
  },
)
