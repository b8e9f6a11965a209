// Do we measure right? A stub with known delays, failures and counts; what is measured must equal what is true.
import { expect, test } from 'vitest'
import { measured, triedFor, validRun } from '../../../measured.ts'
import {
  counted,
  indexOf,
  isJudged,
  row,
  seconds,
  statusOf,
  steps,
  submissionsPerSecond,
  warmUpSeconds,
} from './known-figures.ts'
import { startStubPool } from '../stub/server.ts'

/** The share of values that lie at or below the answer, between neighbours in proportion: k6's own definition. */
function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return below + (above - below) * (place - Math.floor(place))
}

test(
  'what is measured equals what is true: percentiles within 2 %, counts exactly',
  { timeout: triedFor(60_000) },
  (context) =>
    measured(context, async () => {
      const drive = 14
      const judged = (drive - warmUpSeconds) * submissionsPerSecond
      const slow = (index: number): boolean => index % 10 === 0
      const waitedLong = (index: number): boolean => index % 10 === 3
      const foundNobody = (index: number): boolean => index % 10 === 7
      const stub = await startStubPool((call, n) => {
        if (call.step !== 'submit') return undefined
        const waitedMs = waitedLong(indexOf(call)) ? 75 : foundNobody(indexOf(call)) ? 400 : 0
        const record = { waitedMs, ableIdleMs: waitedLong(indexOf(call)) ? waitedMs : 0 }
        return { delayMs: slow(indexOf(call)) ? 600 + (n % 50) : 150 + (n % 100), record }
      })
      context.onTestFinished(stub.close)
      const run = await validRun('accuracy', { ...seconds(drive), BASE_URL: stub.baseUrl })
      const evidence = await run.evidence()

      const seen = steps.map((step) => [step, row(evidence, step).requests, row(evidence, step).failed])
      expect(seen).toEqual(steps.map((step) => [step, stub.counts.get(step), 0]))
      const { started, planned, dropped } = evidence.generator
      expect({ started, dropped }).toEqual({ started: planned, dropped: 0 })

      const times = stub.calls.filter(({ step }) => step === 'submit').map(({ ms }) => ms!)
      const submit = row(evidence, 'submit')
      for (const [name, seen, share] of [
        ['p50', submit.p50, 0.5],
        ['p95', submit.p95, 0.95],
        ['p99', submit.p99, 0.99],
        ['max', submit.max, 1],
      ] as const) {
        const truth = percentile(times, share)
        expect(Math.abs(seen - truth) / truth, `${name}: ${seen}, in truth ${truth}`).toBeLessThan(0.02)
      }

      const every = Array.from({ length: judged }, (_, index) => index)
      expect(stub.calls.filter(isJudged)).toHaveLength(judged)
      expect(counted(evidence, 'load.latency-p95').bad).toBe(every.filter(slow).length)
      expect(counted(evidence, 'target.submit-p95')).toEqual({ n: judged, bad: judged })
      // Busy workers are no slow allocator: who found nobody free is not among those that are judged.
      const foundFree = every.filter((index) => !foundNobody(index)).length
      const bad = every.filter(waitedLong).length
      expect(counted(evidence, 'target.allocation-p95')).toEqual({ n: foundFree, bad })
      expect(counted(evidence, 'allocation.latency-normal')).toEqual({ n: foundFree, bad: 0 })
      expect(statusOf(await run.verdict(), 'target.submit-p95')).toBe('FAIL')
    }),
)
