// What make list says of the pool: the ids that everything else hangs on, and claims that their load can decide.
import { describe, expect, test } from 'vitest'
import { readManifest } from '../../../../scripts/run/plans.ts'
import { assay, listing } from '../../../assay.ts'

/** Of every case. */
const checks = ['same-key', 'reused-key', 'wrong-token', 'own-record', 'times', 'one-worker', 'figures'].map(
  (name) => `contract.${name}`,
)
const baseline = [
  ...checks,
  'load.latency-p95',
  'load.latency-p99',
  'load.errors-normal',
  'allocation.latency-normal',
  'allocation.fairness',
  'allocation.no-starvation',
  'allocation.queue',
  'allocation.records',
  'target.submit-p95',
  'target.allocation-p95',
  'target.registration-p95',
  'target.dashboard-p95',
].map((id) => `cocoon.${id}`)

describe('make list', () => {
  test('JSON=1 has cases with their criteria, and each criterion with its text and source', async () => {
    const listed = await listing()
    const found = listed.cases.find(({ id }) => id === 'cocoon/S1')!
    expect(found).toMatchObject({ system: 'cocoon', scenario: 'baseline' })
    expect(found.profiles).toContain('smoke')
    expect([...found.criteria].sort()).toEqual([...baseline].sort())
    for (const id of found.criteria) {
      const criterion = listed.criteria.find((entry) => entry.id === id)!
      expect(criterion.text.length).toBeGreaterThan(5)
      const isOfContract = /^cocoon.(contract|allocation.records)/.test(id)
      expect(criterion.source).toBe(isOfContract ? 'systems/cocoon/openapi.json' : 'cocoon-gpu-pool.md')
    }
    for (const { id, criteria } of listed.cases.filter(({ system }) => system === 'cocoon'))
      expect([id, criteria]).toEqual([id, expect.arrayContaining(checks.map((own) => `cocoon.${own}`))])
  })

  test('every profile of the baseline claims all of its criteria, and brings the samples they need', () => {
    const plans = readManifest().scenarios['baseline']!.plans.filter((plan) => plan.case === 'cocoon/S1')
    expect(plans.map(({ profile }) => profile)).toEqual([
      'smoke',
      'kill',
      'daily',
      'weekly',
      'monthly',
      'quarterly',
      'full',
    ])
    for (const plan of plans) {
      expect([plan.profile, plan.notClaimed]).toEqual([plan.profile, []])
      expect([plan.profile, Object.keys(plan.claimed).sort()]).toEqual([plan.profile, [...baseline].sort()])
      for (const [key, { samples, needed }] of Object.entries(plan.expected)) {
        expect(samples, `${plan.profile} ${key}`).toBeGreaterThanOrEqual(needed)
      }
    }
  })

  test('the table for people has phases, load and expected samples', async () => {
    const { output } = await assay(['list'])
    expect(output).toContain(
      'cocoon/S1  scenario baseline on cocoon: Scenario 1: 10 workers, 100 clients, 30 minutes',
    )
    expect(output).toContain('steady (normal) 57s')
    expect(output).toMatch(/cocoon\.load\.errors-normal .*\d+ samples expected, 2995 needed/)
  })
})
