// Runs against a pool that measured nothing, or were interrupted: never PASS.
import { describe, expect, test } from 'vitest'
import { exitCodes } from '../../../../verdict/verdict.ts'
import { freshRunId, processesOf, startAssay } from '../../../assay.ts'
import { measured, Spoilt, triedFor, validRun } from '../../../measured.ts'
import { startStubPool, type Call } from '../stub/server.ts'

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

describe('a pool that does not keep the contract', () => {
  test(
    'is told which field of which answer is wrong, and gets no load: UNDECIDED (2)',
    { timeout: triedFor(40_000) },
    (context) =>
      measured(context, async () => {
        const body = JSON.stringify({ task_id: '1', state: 'queued', assigned_at: null, able_idle_ms: 0 })
        const treat = ({ step }: Call) => (step === 'submit' ? { status: 201, body } : undefined)
        const stub = await startStubPool(treat)
        context.onTestFinished(stub.close)
        const variables = { SYSTEM: 'cocoon', BASE_URL: stub.baseUrl, PROFILE: 'kill' }
        const run = await validRun('misfit', variables)
        expect((await run.verdict()).reasons.join('\n')).toMatch(
          /no load was sent: .*submit: POST \S+ answered 201, but accepted_at is missing \(a time such as/,
        )
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
