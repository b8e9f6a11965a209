// What the contract promises of single requests is checked before every load, once. contract-checks.long.test.ts breaks each of
// the promises.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contractCriteria } from '../../../../thresholds/cocoon-contract.ts'
import { startStubPool } from '../stub/server.ts'
import { k6 } from './plain-k6.ts'
import { startPool, type RunningPool } from './pool-harness.ts'

const checks = Object.keys(contractCriteria)
const short = { SYSTEM: 'cocoon', PROFILE: 'kill', DURATION: '1s', PARTIAL: '1' }

describe('a pool that keeps the contract', () => {
  let pool: RunningPool
  const run = (variables: Record<string, string> = {}) =>
    k6('k6', { ...short, ...pool.testbed.secrets, BASE_URL: pool.baseUrl, ALONE: '1', ...variables })
  /** How often it heard a token that it does not know. */
  const wrongTokens = (): number =>
    ['gateway-1', 'gateway-2'].flatMap((name) => pool.log(name).match(/"status":401/g) ?? []).length
  beforeAll(async () => {
    pool = await startPool()
  }, 120_000)
  afterAll(() => pool.stop())

  test('passes each check, hears one wrong token, and is left as it was', { timeout: 120_000 }, async () => {
    const { output } = await run()
    for (const id of checks) expect(output).toMatch(new RegExp(`✓ cocoon.${id} .*\\(0 bad of 1\\)`))
    expect(output).not.toContain('leftovers:')
    expect(output).not.toContain('was not checked')
    expect(wrongTokens()).toBe(1)
  })

  test('hears none without checks, and nothing of them is claimed', { timeout: 120_000 }, async () => {
    const before = wrongTokens()
    const { output } = await run({ CHECKS: 'none' })
    for (const id of checks) expect(output).toMatch(new RegExp(`- cocoon.${id} +not claimed: CHECKS=none`))
    expect(wrongTokens()).toBe(before)
  })
})

test('plain k6 is red where a promise is broken, and sends its load', { timeout: 60_000 }, async () => {
  // The third submission is the one with another content.
  const stub = await startStubPool(({ step }, n) =>
    step === 'submit' && n === 3 ? { status: 201, body: '{}' } : undefined,
  )
  const { exitCode, output } = await k6('k6', { ...short, BASE_URL: stub.baseUrl })
  await stub.close()
  expect(output).toMatch(/✗ cocoon\.contract\.reused-key .*\(1 bad of 1\)/)
  expect(output).toMatch(/✗ assay_check_reused_key +rate<=0/)
  expect(output).toMatch(/✓ cocoon\.contract\.same-key/)
  expect(exitCode).toBe(99)
  expect(stub.calls.some(({ key }) => key.includes('-client_'))).toBe(true)
})
