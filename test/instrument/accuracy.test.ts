// Do we measure right? A stub with known delays, failures and counts; what is measured must equal what is true.
import { afterEach, describe, expect, test } from 'vitest'
import { assayRun } from '../assay.ts'
import { startStubPool } from './stub-pool.ts'
import type { Treatment } from './stub-pool.ts'

let stub: Awaited<ReturnType<typeof startStubPool>> | undefined
afterEach(async () => {
  await stub?.close()
  stub = undefined
})

const load = { PROFILE: 'kill', DURATION: '24s', SEED: '5' }

describe('what is measured equals what is true', () => {
  test('percentiles within 2 %, counts exactly', { timeout: 120_000 }, async () => {
    // 100 to 199 ms in turn: the true 95th percentile is known, and the same for any whole number of rounds.
    stub = await startStubPool(({ step }, n): Treatment | undefined =>
      step === 'submit' ? { delayMs: 100 + (n % 100) } : undefined,
    )
    const run = await assayRun('accuracy', { ...load, BASE_URL: stub.baseUrl })
    const evidence = await run.evidence()
    const row = (step: string) => evidence.steps.find((entry) => entry.step === step)!
    for (const step of [
      'register',
      'heartbeat',
      'submit',
      'status',
      'result',
      'dashboard',
      'poll',
      'leave',
    ]) {
      expect([step, row(step).requests]).toEqual([step, stub.counts.get(step)])
      expect([step, row(step).failed]).toEqual([step, 0])
    }
    expect(Math.abs(row('submit').p95 - 195) / 195).toBeLessThan(0.02)
    expect(Math.abs(row('submit').p50 - 150) / 150).toBeLessThan(0.02)
    const verdict = await run.verdict()
    const submit = verdict.criteria.find(({ id }) => id.endsWith('target.submit-p95'))!
    expect(submit.status).toBe('FAIL')
    // 24 s with 20 s of them judged, at 25 arrivals a second.
    expect(submit.samples).toBe(500)
    expect(evidence.generator).toMatchObject({ dropped: 0 })
    expect(evidence.generator.started).toBe(evidence.generator.planned)
  })

  test('each failure is counted once, under its step and under its rule', { timeout: 120_000 }, async () => {
    let failed = 0
    const times: number[] = []
    stub = await startStubPool(({ step, t }, n) => {
      if (step !== 'submit' || n % 10 !== 0) return undefined
      failed++
      times.push(t)
      return { status: 500, body: '{}' }
    })
    const run = await assayRun('failures', { ...load, BASE_URL: stub.baseUrl })
    const evidence = await run.evidence()
    expect(evidence.steps.find(({ step }) => step === 'submit')!.failed).toBe(failed)
    const normal = evidence.phases.find(({ kind }) => kind === 'normal')!
    const judged = times.filter((time) => time >= normal.start && time < normal.end).length
    const rule = evidence.rules['cocoon.target.submit-p95']
    expect(rule).toMatchObject({ type: 'counts', n: 500 })
    // An arrival at the edge of a phase may be handled a moment later.
    expect(Math.abs((rule as { bad: number }).bad - judged)).toBeLessThanOrEqual(1)
    expect(run.exitCode).toBe(1)
  })

  test(
    'an answer that breaks the contract is a failure, whatever its status',
    { timeout: 120_000 },
    async () => {
      stub = await startStubPool(({ step }, n) =>
        step === 'status' && n % 10 === 0 ? { status: 200, body: '{"state":"completed"}' } : undefined,
      )
      const run = await assayRun('contract', { ...load, BASE_URL: stub.baseUrl })
      const evidence = await run.evidence()
      const status = evidence.steps.find(({ step }) => step === 'status')!
      expect(status.failed).toBe(Math.floor(stub.counts.get('status')! / 10))
      const verdict = await run.verdict()
      const latency = verdict.criteria.find(({ id }) => id.endsWith('load.latency-p99'))!
      expect(latency.status).toBe('FAIL')
      expect(latency.witness!.operations[0]!.detail).toBe('the answer breaks the contract')
    },
  )
})

describe('whose fault it was', () => {
  test('a slow target under an idle generator is FAIL, not INVALID', { timeout: 120_000 }, async () => {
    stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs: 2500 } : undefined))
    const run = await assayRun('slow', { ...load, BASE_URL: stub.baseUrl })
    const verdict = await run.verdict()
    expect(verdict.verdict).toBe('FAIL')
    expect(verdict.criteria.find(({ id }) => id.endsWith('target.submit-p95'))!.status).toBe('FAIL')
    expect(verdict.criteria.map(({ status }) => status)).not.toContain('INVALID')
    expect(run.exitCode).toBe(1)
  })

  test(
    'arrivals dropped because a target holds every virtual user are its failures',
    { timeout: 120_000 },
    async () => {
      stub = await startStubPool(({ step }) => (step === 'submit' ? { delayMs: 60_000 } : undefined))
      const run = await assayRun('held', { ...load, BASE_URL: stub.baseUrl })
      const verdict = await run.verdict()
      expect(verdict.verdict).toBe('FAIL')
      expect(run.exitCode).toBe(1)
    },
  )
})
