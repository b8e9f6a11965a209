// More runs that measured nothing: see blank.test.ts.
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { findK6 } from '../../scripts/build/binaries.ts'
import { exitCodes } from '../../verdict/verdict.ts'
import { freshRunId, processesOf, startAssay } from '../assay.ts'
import { until } from '../services.ts'
import { measured, triedFor, validRun } from '../measured.ts'
import { sameAnswer } from './same-answer.ts'

describe('a server that answers without doing', () => {
  // One after the other: several generators at once would hinder each other, which is INVALID.
  test.for([
    [405, {}, 'answered 405', 'UNDECIDED'],
    [200, {}, 'answered 200', 'UNDECIDED'],
    [429, { 'Retry-After': '1' }, 'answered 429', 'FAIL'],
  ] as const)('%i to everything is no PASS', { timeout: triedFor(120_000) }, (answer, context) =>
    measured(context, async () => {
      const [status, headers, reason, expected] = answer
      const baseUrl = await sameAnswer(context.onTestFinished, status, headers)
      const run = await validRun(`all-${status}`, { BASE_URL: baseUrl, PROFILE: 'kill' })
      const verdict = await run.verdict()
      // Who understands nothing is not what it is taken for; who refuses everything is.
      expect(verdict.verdict).toBe(expected)
      expect(verdict.criteria.map((entry) => entry.status)).not.toContain('PASS')
      expect(verdict.reasons.join('\n')).toMatch(new RegExp(`\\b[a-z-]+: [A-Z]+ /\\S* ${reason}`))
      expect(run.exitCode).toBe(exitCodes[expected])
    }),
  )
})

describe('an interrupted run', () => {
  test(
    'a k6 that takes no notice of it is killed: INVALID (3), and nothing is left',
    { timeout: 90_000 },
    async ({ onTestFinished }) => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'assay-deaf-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const deaf = path.join(folder, 'k6')
      const started = path.join(folder, 'started')
      const { path: k6 } = await findK6({})
      const script = `#!/bin/sh\n[ "$1" = run ] || exec '${k6}' "$@"\ntrap '' INT\ntouch '${started}'\nsleep 80\n`
      await writeFile(deaf, script, { mode: 0o755 })
      const run = freshRunId('deaf')
      const child = startAssay(['run', `RUN=${run}`, 'BASE_URL=http://127.0.0.1:9', `K6=${deaf}`])
      await until('k6 was started', 60_000, () => existsSync(started))
      child.kill('SIGINT')
      const { exitCode, all } = await child
      expect(all).toContain('interrupted by SIGINT')
      expect(exitCode).toBe(3)
      expect(await processesOf(run)).toEqual([])
    },
  )
})
