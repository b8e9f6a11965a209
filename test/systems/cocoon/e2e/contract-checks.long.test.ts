// A pool that breaks each promise of the contract on single requests, and a run of several processes, which checks once.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { defects } from '../../../../testbed/cocoon/defects/index.ts'
import { contractCriteria } from '../../../../thresholds/cocoon-contract.ts'
import type { RunEvidence } from '../../../../verdict/evidence.ts'
import type { Verdict } from '../../../../verdict/verdict.ts'
import { assay, freshRunId, projectRoot } from '../../../assay.ts'

const checks = Object.keys(contractCriteria)

test(
  'a pool that breaks each promise fails by each, and the load goes on',
  { timeout: 240_000 },
  async () => {
    const planted = Object.entries(defects).flatMap(([name, { criterion }]) =>
      [criterion].flat().some((id) => checks.includes(id)) ? [name] : [],
    )
    expect(planted.length).toBeGreaterThanOrEqual(checks.length)
    const run = freshRunId('contract-checks')
    const variables = {
      SYSTEM: 'cocoon',
      PROFILE: 'kill',
      DURATION: '1s',
      PARTIAL: '1',
      SHARDS: '2',
      DEFECTS: planted.join(','),
      RUN: run,
    }
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
