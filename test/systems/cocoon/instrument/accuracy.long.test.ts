// More of what must be measured right: see accuracy.test.ts.
import { describe, expect, test } from 'vitest'
import { measured, triedFor, validRun } from '../../../measured.ts'
import {
  counted,
  isJudged,
  row,
  seconds,
  statusOf,
  steps,
  submissionsPerSecond,
  warmUpSeconds,
} from './known-figures.ts'
import { startStubPool } from '../stub/server.ts'

test(
  'each failure is counted once, under its step and under its rules',
  { timeout: triedFor(60_000) },
  (context) =>
    measured(context, async () => {
      const drive = 14
      const judged = (drive - warmUpSeconds) * submissionsPerSecond
      let failed = 0
      let failedJudged = 0
      // A status that says done and nothing else; every tenth read, but none of the first ones, which are preflight's.
      const breaks = (n: number): boolean => n % 10 === 9
      const stub = await startStubPool((call, n) => {
        if (call.step === 'status' && breaks(n)) return { status: 200, body: '{"state":"completed"}' }
        if (call.step !== 'submit' || n % 10 !== 0) return undefined
        failed++
        if (isJudged(call)) failedJudged++
        // Applied all the same, so that a follower finds the task and the run need not wait for it.
        return { status: 500, body: '{}', applied: true }
      })
      context.onTestFinished(stub.close)
      const run = await validRun('failures', { ...seconds(drive), BASE_URL: stub.baseUrl })
      const evidence = await run.evidence()
      const reads = Array.from({ length: stub.counts.get('status')! }, (_, index) => index + 1)
      expect(failed).toBeGreaterThan(0)
      expect(steps.map((step) => [step, row(evidence, step).failed])).toEqual(
        steps.map((step) => [
          step,
          step === 'submit' ? failed : step === 'status' ? reads.filter(breaks).length : 0,
        ]),
      )
      expect(counted(evidence, 'target.submit-p95')).toEqual({ n: judged, bad: failedJudged })
      const verdict = await run.verdict()
      expect(statusOf(verdict, 'target.submit-p95')).toBe('FAIL')
      const operations = verdict.criteria.find(({ id }) => id === 'cocoon.load.latency-p99')!.witness!
        .operations
      expect(operations).toContainEqual(
        expect.objectContaining({ step: 'status', status: 200, detail: 'the answer breaks the contract' }),
      )
      expect(operations).toContainEqual(expect.objectContaining({ step: 'submit', status: 500 }))
      expect(run.exitCode).toBe(1)
    }),
)

describe('whose fault it was', () => {
  test(
    'a slow target under an idle generator is FAIL, not INVALID',
    { timeout: triedFor(60_000) },
    (context) =>
      measured(context, async () => {
        const delayMs = 600
        const stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs } : undefined))
        context.onTestFinished(stub.close)
        const run = await validRun('slow', { ...seconds(8), BASE_URL: stub.baseUrl })
        const verdict = await run.verdict()
        expect(verdict.verdict).toBe('FAIL')
        expect(statusOf(verdict, 'target.submit-p95')).toBe('FAIL')
        expect(statusOf(verdict, 'load.latency-p95')).toBe('FAIL')
        expect(verdict.criteria.map(({ status }) => status)).not.toContain('INVALID')
        expect(run.exitCode).toBe(1)
      }),
  )

  test(
    'arrivals dropped because a target holds the virtual users are its failures',
    { timeout: triedFor(60_000) },
    (context) =>
      measured(context, async () => {
        // Within the limit of the 99th percentile: what breaks that limit can only be an arrival that was dropped.
        const delayMs = 1500
        const drive = 10
        const judged = (drive - warmUpSeconds) * submissionsPerSecond
        const stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs } : undefined))
        context.onTestFinished(stub.close)
        const run = await validRun('held', { ...seconds(drive), BASE_URL: stub.baseUrl })
        const evidence = await run.evidence()
        const arrived = stub.calls.filter(
          ({ step, key }) => step === 'submit' && key.includes('-client_'),
        ).length
        const never = judged - stub.calls.filter(isJudged).length
        const { planned, started, dropped } = evidence.generator
        expect(dropped).toBe(drive * submissionsPerSecond - arrived)
        expect(started + dropped).toBe(planned)
        expect(never).toBeGreaterThan(0)
        expect(counted(evidence, 'target.submit-p95')).toEqual({ n: judged, bad: judged })
        expect(counted(evidence, 'load.latency-p99').bad).toBe(never)
        const verdict = await run.verdict()
        expect(statusOf(verdict, 'target.submit-p95')).toBe('FAIL')
        expect(verdict.verdict).toBe('FAIL')
        expect(run.exitCode).toBe(1)
      }),
  )
})
