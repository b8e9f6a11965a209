// Do we measure right? A stub with known delays, failures and counts; what is measured must equal what is true.
import { afterEach, describe, expect, test } from 'vitest'
import type { Counts, RunEvidence } from '../../verdict/evidence.ts'
import type { Verdict } from '../../verdict/verdict.ts'
import { assayRun } from '../assay.ts'
import { startStubPool } from './stub-pool.ts'
import type { Call } from './stub-pool.ts'

type Stub = Awaited<ReturnType<typeof startStubPool>>
let stub: Stub | undefined
afterEach(async () => {
  await stub?.close()
  stub = undefined
})

const seconds = (drive: number) => ({ PROFILE: 'kill', DURATION: `${drive}s`, SEED: '5' })
/** The plan's own figures: warm-up before anything is judged, and arrivals of clients. */
const warmUpSeconds = 4
const submissionsPerSecond = 25

/** Submissions of the judged phase name it in their key, so that their number is known without looking at a clock. */
const isJudged = ({ step, key }: Call): boolean => step === 'submit' && key.includes('-client-steady-')
/** Of a judged submission: which one it is. */
const indexOf = ({ key }: Call): number => Number(key.split('-').at(-1))

const steps = ['register', 'heartbeat', 'submit', 'status', 'result', 'dashboard', 'poll', 'leave']
const row = (evidence: RunEvidence, step: string) => evidence.steps.find((entry) => entry.step === step)!
const counted = (evidence: RunEvidence, id: string): Pick<Counts, 'n' | 'bad'> => {
  const { n, bad } = evidence.rules[`cocoon.${id}`] as Counts
  return { n, bad }
}
const statusOf = (verdict: Verdict, id: string) =>
  verdict.criteria.find((criterion) => criterion.id === `cocoon.${id}`)!.status

/** The share of values that lie at or below the answer, between neighbours in proportion: k6's own definition. */
function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  const place = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!]
  return below + (above - below) * (place - Math.floor(place))
}

describe('what is measured equals what is true', () => {
  test('percentiles within 2 %, counts exactly', { timeout: 60_000 }, async () => {
    const drive = 14
    const judged = (drive - warmUpSeconds) * submissionsPerSecond
    const slow = (index: number): boolean => index % 10 === 0
    const waitedLong = (index: number): boolean => index % 10 === 3
    const foundNobody = (index: number): boolean => index % 10 === 7
    stub = await startStubPool((call, n) => {
      if (call.step !== 'submit') return undefined
      const waitedMs = waitedLong(indexOf(call)) ? 75 : foundNobody(indexOf(call)) ? 400 : 0
      const record = { waitedMs, ableIdleMs: waitedLong(indexOf(call)) ? waitedMs : 0 }
      return { delayMs: slow(indexOf(call)) ? 600 + (n % 50) : 150 + (n % 100), record }
    })
    const run = await assayRun('accuracy', { ...seconds(drive), BASE_URL: stub.baseUrl })
    const evidence = await run.evidence()

    const seen = steps.map((step) => [step, row(evidence, step).requests, row(evidence, step).failed])
    expect(seen).toEqual(steps.map((step) => [step, stub!.counts.get(step), 0]))
    const { started, planned, dropped } = evidence.generator
    expect({ started, dropped }).toEqual({ started: planned, dropped: 0 })

    const times = stub.calls.filter(({ step }) => step === 'submit').map(({ ms }) => ms!)
    const submit = row(evidence, 'submit')
    for (const [name, measured, share] of [
      ['p50', submit.p50, 0.5],
      ['p95', submit.p95, 0.95],
      ['p99', submit.p99, 0.99],
      ['max', submit.max, 1],
    ] as const) {
      const truth = percentile(times, share)
      expect(Math.abs(measured - truth) / truth, `${name}: ${measured}, in truth ${truth}`).toBeLessThan(0.02)
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
  })

  test('each failure is counted once, under its step and under its rules', { timeout: 60_000 }, async () => {
    const drive = 14
    const judged = (drive - warmUpSeconds) * submissionsPerSecond
    let failed = 0
    let failedJudged = 0
    // A status that says done and nothing else; every tenth read, from the second on, because preflight is the first.
    const breaks = (n: number): boolean => n % 10 === 5
    stub = await startStubPool((call, n) => {
      if (call.step === 'status' && breaks(n)) return { status: 200, body: '{"state":"completed"}' }
      if (call.step !== 'submit' || n % 10 !== 0) return undefined
      failed++
      if (isJudged(call)) failedJudged++
      // Applied all the same, so that a follower finds the task and the run need not wait for it.
      return { status: 500, body: '{}', applied: true }
    })
    const run = await assayRun('failures', { ...seconds(drive), BASE_URL: stub.baseUrl })
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
  })
})

describe('whose fault it was', () => {
  test('a slow target under an idle generator is FAIL, not INVALID', { timeout: 60_000 }, async () => {
    const delayMs = 600
    stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs } : undefined))
    const run = await assayRun('slow', { ...seconds(8), BASE_URL: stub.baseUrl })
    const verdict = await run.verdict()
    expect(verdict.verdict).toBe('FAIL')
    expect(statusOf(verdict, 'target.submit-p95')).toBe('FAIL')
    expect(statusOf(verdict, 'load.latency-p95')).toBe('FAIL')
    expect(verdict.criteria.map(({ status }) => status)).not.toContain('INVALID')
    expect(run.exitCode).toBe(1)
  })

  test('arrivals dropped because a target holds the virtual users are its failures', async () => {
    // Within the limit of the 99th percentile: what breaks that limit can only be an arrival that was dropped.
    const delayMs = 1500
    const drive = 10
    const judged = (drive - warmUpSeconds) * submissionsPerSecond
    stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs } : undefined))
    const run = await assayRun('held', { ...seconds(drive), BASE_URL: stub.baseUrl })
    const evidence = await run.evidence()
    const arrived = stub.calls.filter(({ step, key }) => step === 'submit' && key.includes('-client-')).length
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
  }, 60_000)
})
