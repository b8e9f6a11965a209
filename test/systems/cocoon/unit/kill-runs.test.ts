// Which defect is planted for which criterion, and under which load.
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { system } from '../../../../systems/cocoon/system.ts'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { killRuns, rowsOf } from '../../../../scripts/prove/kill-run.ts'
import { allPlans, readManifest } from '../../../../scripts/run/plans.ts'
import { inPackage } from '../../../../scripts/project.ts'
import { laws } from '../../../../verdict/oracles/ledger/check.ts'
import type { CriterionVerdict, FaultVerdict } from '../../../../verdict/verdict.ts'
import { someFault } from '../../../unit/verdict/verdict-run.ts'

const plans = allPlans(readManifest()).filter((plan) => plan.system === 'cocoon')

/** The defects that turn each criterion red. */
const named: Record<string, string[]> = {
  'load.concurrent-workers': ['drops-idle-workers'],
  'load.latency-p95': ['slow-tenth'],
  'load.latency-p99': ['slow-fiftieth'],
  'load.errors-normal': ['one-error-in-100', 'resets-one-in-100'],
  'load.errors-peak': ['errors-under-load'],
  'load.degradation': ['collapse', 'no-shedding'],
  'allocation.latency-normal': ['poll-every-700ms'],
  'allocation.latency-peak': ['allocator-scan'],
  'allocation.fairness': ['favourite-worker'],
  'allocation.no-starvation': ['lifo-queue', 'skips-large-tasks', 'swaps-refused-for-accepted'],
  'allocation.queue': ['head-of-line-blocking'],
  'payment.mean': ['slow-confirm'],
  'payment.success': ['drops-one-in-300'],
  'payment.reconciliation': [
    'earns-interest',
    'forgets-debit',
    'ledger-without-chain',
    'loses-accepted-payouts',
    'makes-up-payouts',
    'no-balance-check',
    'pays-for-nothing',
    'refuses-but-pays',
    'rounding-leak',
    'shows-what-it-lost',
  ],
  'payment.no-double': ['accepts-reused-key', 'retry-pays-again'],
  'payment.confirmation': [
    'confirms-too-early',
    'forgets-dropped',
    'forgets-thresholds',
    'stale-reads',
    'status-goes-back',
  ],
  'target.payment-p95': ['slow-confirm-tail'],
  'target.payments-rate': ['one-payment-per-block'],
  'target.submit-p95': ['slow-submit'],
  'target.allocation-p95': ['poll-every-200ms'],
  'target.registration-p95': ['slow-registration'],
  'target.dashboard-p95': ['slow-dashboard'],
  'target.tasks-rate': ['serial-results'],
  'target.registrations-rate': ['serial-registration'],
  'target.requests-rate': ['global-lock'],
  'target.scaling': ['allocator-scan'],
  'target.clients': ['session-cap'],
  'target.storage': ['unindexed-history'],
  'spike.recovery': ['backlog-forever'],
  'fault.bite': ['injector-does-nothing', 'injector-hits-another'],
  'fault.heal': ['fault-heals-late', 'fault-never-heals'],
  'fault.recovery': ['backlog-forever'],
  'fault.no-data-loss': ['ack-before-commit', 'results-in-memory'],
  'fault.worker-recovery': ['lease-never-expires'],
  'fault.gateway-recovery': ['slow-gateway-start'],
  'fault.no-payment-loss': ['payments-in-memory'],
  'fault.failover': ['sticky-to-dead'],
  'spike.autoscaling': ['late-joiners'],
  'spike.nothing-lost': ['forgets-ended-tasks', 'loses-under-spike'],
  'soak.memory': ['leak-per-task'],
  'soak.cpu': ['slows-with-age'],
  'soak.resources': ['leaks-connections'],
  'soak.drift': ['slows-with-age'],
  'contract.same-key': ['stores-same-key-again'],
  'contract.reused-key': ['accepts-other-content'],
  'contract.wrong-token': ['trusts-any-token'],
  'contract.own-record': ['shows-another-task'],
  'contract.times': ['times-without-zone'],
  'contract.one-worker': ['gives-held-task'],
  'allocation.records': ['hides-waits'],
  'contract.figures': ['counts-too-few', 'forgets-running-tasks'],
}

const criteriaOf = (name: string): string[] => [defects[name]!.criterion].flat()

describe('planted defects', () => {
  test('name a criterion each, and every criterion is named', () => {
    const found: Record<string, string[]> = {}
    for (const name of Object.keys(defects).sort())
      for (const criterion of criteriaOf(name)) (found[criterion] ??= []).push(name)
    expect(found).toEqual(named)
    expect(Object.keys(named).sort()).toEqual(Object.keys(system.criteria).sort())
  })

  test('stand in the README beside what they break', async () => {
    const readme = await readFile(inPackage('README.md'), 'utf8')
    const rows = readme.split('\n').filter((line) => line.startsWith('| '))
    for (const [criterion, names] of Object.entries(named)) {
      const row = rows.find((line) => line.startsWith(`| ${criterion} |`)) ?? ''
      expect([criterion, row.split('|').at(-2)?.trim().split(', ').sort()]).toEqual([criterion, names])
    }
  })

  test.each(Object.keys(defects))('%s has a load that judges all its criteria', (name) => {
    const ids = criteriaOf(name).map((id) => `cocoon.${id}`)
    const runs = killRuns(name, ids, plans, defects[name]!)
    expect(runs.flatMap((run) => run.ids).sort()).toEqual([...ids].sort())
    for (const { plan, ids: own } of runs) {
      expect(['kill', 'smoke']).toContain(plan.profile)
      for (const id of own) expect(plan.claimed[id]).toBeDefined()
    }
  })

  test('every law of the ledger oracle is broken by a defect', () => {
    const broken = Object.values(defects).flatMap(({ law }) => law ?? [])
    expect(broken.filter((law) => !(law in laws))).toEqual([])
    expect(Object.keys(laws).filter((law) => !broken.includes(law))).toEqual([])
  })

  test('one run shows all that it can, and the shortest load is taken', () => {
    const [run, ...more] = killRuns('slows-with-age', ['cocoon.soak.cpu', 'cocoon.soak.drift'], plans)
    expect(more).toEqual([])
    expect(run!.plan).toMatchObject({ case: 'cocoon/S5', profile: 'kill' })
    expect(killRuns('slow-submit', ['cocoon.target.submit-p95'], plans)[0]!.plan.case).toBe('cocoon/S1')
  })

  test('what the baseline judges is planted there, unless the defect names another case', () => {
    const ids = ['cocoon.allocation.no-starvation']
    expect(killRuns('lifo-queue', ids, plans)[0]!.plan.case).toBe('cocoon/S1')
    expect(killRuns('lifo-queue', ids, plans, { under: 'cocoon/S4' })[0]!.plan.case).toBe('cocoon/S4')
    expect(defects['errors-under-load']!.under).toBe('cocoon/S4')
  })

  test('a criterion that no short load claims is wrong use', () => {
    expect(() => killRuns('slow-submit', ['cocoon.no.such'], plans)).toThrow(
      'no case claims cocoon.no.such at kill or smoke',
    )
  })
})

describe("a defect of the faults' own layer", () => {
  const name = 'injector-does-nothing'
  const seen = { what: 'a round trip', before: '2 ms', during: '2 ms', after: '2 ms' }
  const isCaught = (status: string, ...faults: Partial<FaultVerdict>[]): boolean => {
    const [run] = killRuns(name, ['cocoon.fault.bite'], plans, defects[name]!)
    const verdict = {
      criteria: [{ id: 'cocoon.fault.bite', status, reason: '' } as CriterionVerdict],
      faults: faults.map((fault) => ({ ...someFault, effect: seen, ...fault })),
    }
    return rowsOf(run!, new Date(), verdict)[0]!.caught
  }

  test('is caught when what was injected did not show', () => {
    expect(isCaught('UNDECIDED', {})).toBe(true)
    expect(isCaught('UNDECIDED', {}, { bite: true })).toBe(true)
  })

  test('is not when nothing could be injected or seen, or when the fault showed', () => {
    expect(isCaught('UNDECIDED', { problem: 'could not be injected: refused' })).toBe(false)
    expect(isCaught('UNDECIDED', {}, { problem: 'it was not named' })).toBe(false)
    expect(isCaught('UNDECIDED', { effect: { ...seen, during: '' } })).toBe(false)
    expect(isCaught('UNDECIDED', { effect: null })).toBe(false)
    expect(isCaught('UNDECIDED', { bite: true })).toBe(false)
    expect(isCaught('PASS', {})).toBe(false)
  })
})
