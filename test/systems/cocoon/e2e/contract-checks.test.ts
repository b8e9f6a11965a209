// What the contract promises of single requests is checked before every load, once: on a pool that keeps it, and on one that
// breaks each of its promises.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import type { RunEvidence } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { assay, freshRunId, projectRoot } from '../../../assay.ts'
import { k6 } from './plain-k6.ts'
import { startPool, type RunningPool } from './pool-harness.ts'

const checks = ['same-key', 'reused-key', 'wrong-token', 'own-record', 'times', 'one-worker'].map(
  (name) => `contract.${name}`,
)
const short = { SYSTEM: 'cocoon', PROFILE: 'kill', DURATION: '1s', PARTIAL: '1' }

describe('a pool that keeps the contract', () => {
  let pool: RunningPool
  const run = (variables: Record<string, string> = {}) =>
    k6('k6', { ...short, ...pool.testbed.secrets, BASE_URL: pool.baseUrl, ...variables })
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

  test('hears no wrong token from a further process of a run', { timeout: 120_000 }, async () => {
    const before = wrongTokens()
    const { output } = await run({ SHARDS: '2', SHARD: '2' })
    for (const id of checks) expect(output).toMatch(new RegExp(`- cocoon.${id} .*not checked`))
    expect(wrongTokens()).toBe(before)
  })

  test('nor from one without checks, which claims nothing of them', { timeout: 120_000 }, async () => {
    const before = wrongTokens()
    const { output } = await run({ CHECKS: 'none' })
    for (const id of checks) expect(output).toMatch(new RegExp(`- cocoon.${id} +not claimed: CHECKS=none`))
    expect(wrongTokens()).toBe(before)
  })
})

test(
  'a pool that breaks each promise fails by each, and the load goes on',
  { timeout: 240_000 },
  async () => {
    const planted = Object.entries(defects).flatMap(([name, { criterion }]) =>
      [criterion].flat().some((id) => checks.includes(id)) ? [name] : [],
    )
    expect(planted).toHaveLength(checks.length)
    const run = freshRunId('contract-checks')
    const variables = { ...short, DEFECTS: planted.join(','), RUN: run }
    const { exitCode } = await assay([
      'run',
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ])
    const jsonIn = async <T>(file: string): Promise<T> =>
      JSON.parse(await readFile(path.join(projectRoot, 'reports', run, file), 'utf8')) as T
    const verdict = await jsonIn<Verdict>('verdict.json')
    expect(verdict.criteria.map(({ id, status, samples }) => [id, status, samples])).toEqual(
      checks.map((id) => [`cocoon.${id}`, 'FAIL', 1]),
    )
    for (const { witness } of verdict.criteria)
      expect(witness!.operations).toEqual([expect.objectContaining({ phase: 'preflight' })])
    // There is no phase whose seconds could be told apart.
    const { rules } = await jsonIn<RunEvidence>('evidence.json')
    expect(Object.values(rules)).toEqual(checks.map(() => ({ type: 'counts', n: 1, bad: 1 })))
    expect(exitCode).toBe(1)
    expect(verdict.steps.find(({ step }) => step === 'stats')!.requests).toBeGreaterThan(1)
    expect(verdict.leftovers).toEqual([])
  },
)
