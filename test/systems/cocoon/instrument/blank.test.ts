// Runs against a pool that measured nothing, or were interrupted: never PASS.
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../../../verdict/verdict.ts'
import { freshRunId, processesOf, startAssay } from '../../../assay.ts'
import { measured, Spoilt, triedFor, validRun } from '../../../measured.ts'
import { startStubPool } from './stub-pool.ts'

describe('nothing to measure', () => {
  test(
    'a run that ends in its warm-up claims nothing: UNDECIDED (2)',
    { timeout: triedFor(40_000) },
    (context) =>
      measured(context, async () => {
        const stub = await startStubPool()
        context.onTestFinished(stub.close)
        const run = await validRun('unclaimed', {
          SYSTEM: 'cocoon',
          BASE_URL: stub.baseUrl,
          PROFILE: 'kill',
          DURATION: '3s',
        })
        expect((await run.verdict()).verdict).toBe('UNDECIDED')
        expect(run.output).toContain('not claimed')
        expect(run.exitCode).toBe(2)
      }),
  )
})

describe('an interrupted run', () => {
  test('Ctrl-C half-way is UNDECIDED (2) and leaves no process', { timeout: triedFor(60_000) }, (context) =>
    measured(context, async () => {
      const stub = await startStubPool()
      context.onTestFinished(stub.close)
      const run = freshRunId('interrupted')
      const child = startAssay([
        'run',
        `RUN=${run}`,
        'SYSTEM=cocoon',
        `BASE_URL=${stub.baseUrl}`,
        'PROFILE=kill',
      ])
      for await (const line of child.iterable({ from: 'all' }))
        if (line.includes('▶ steady')) child.kill('SIGINT')
      const { exitCode, all } = await child
      expect(all).toContain('interrupted by SIGINT')
      expect(await processesOf(run)).toEqual([])
      if (exitCode === exitCodes.INVALID) throw new Spoilt('the interrupted run is INVALID')
      expect(exitCode).toBe(2)
    }),
  )
})
