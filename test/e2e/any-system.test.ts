// The kit knows no system: without those that it has, and with one from outside in their place, everything still works. The
// outsider has open arrivals, closed users, an oracle of its own, and a testbed of two services with one defect.
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exitCodes, type Verdict } from '../../verdict/verdict.ts'
import { treeOfAnotherSystem, type OtherTree } from '../any-system.ts'
import { freshRunId } from '../assay.ts'
import { measured, Spoilt, triedFor } from '../measured.ts'

let tree: OtherTree
beforeAll(async () => {
  tree = await treeOfAnotherSystem()
  const { exitCode, output } = await tree.inTree('make', 'registries', 'build')
  expect([exitCode, output]).toEqual([0, expect.stringContaining('testbed/shop/defects/index.ts')])
})
afterAll(() => tree.remove())

const verdictOf = async (run: string): Promise<Verdict> =>
  JSON.parse(await readFile(path.join(tree.root, 'reports', run, 'verdict.json'), 'utf8')) as Verdict

describe('a system from outside, in place of all that were there', () => {
  test.each(['tsconfig.k6.json', 'tsconfig.node.json'])('has types that fit: %s', async (project) => {
    expect(await tree.inTree('node_modules/.bin/tsc', '-p', project)).toEqual({ exitCode: 0, output: '' })
  })

  test('leaves the tests of the kit as they are', async () => {
    const some = [
      'names',
      'names-apart',
      'registries',
      'time-shares',
      'oracles/oracle-runner',
      'threat-model',
    ]
    const files = some.map((name) => `test/unit/${name}.test.ts`)
    const { exitCode, output } = await tree.inTree('node_modules/.bin/vitest', 'run', ...files)
    expect([exitCode, output]).toEqual([0, expect.stringContaining(', 0 failed, ')])
  })

  test('is listed with what its load can decide', async () => {
    const { output } = await tree.inTree('./assay', 'list')
    expect(output).toContain('shop/A1  scenario baseline on shop: A quiet day')
    expect(output).toMatch(/smoke +20 orders\/s/)
    expect(output).not.toContain('cocoon')
  })

  test(
    'is PASS',
    (context) =>
      measured(context, async () => {
        const run = freshRunId('honest')
        const { exitCode, output } = await tree.inTree(
          './assay',
          'run',
          'PROFILE=kill',
          'SEED=1',
          `RUN=${run}`,
        )
        if (exitCode === exitCodes.INVALID) throw new Spoilt(output)
        expect([exitCode, output]).toEqual([0, expect.stringContaining('verdict: PASS (0)')])
        const { criteria, findings, unit, system } = await verdictOf(run)
        expect(criteria.map(({ status }) => status)).toEqual(['PASS', 'PASS', 'PASS'])
        expect([unit, system]).toEqual(['orders/s', 'shop'])
        const { laws, figures } = findings!['stock']!
        expect(laws['kept']!.violations).toBe(0)
        expect(figures[0]!.value).toBeGreaterThan(100)
      }),
    triedFor(60_000),
  )

  test('has its defect proved', async () => {
    const { exitCode, output } = await tree.inTree('./assay', 'prove', 'DEFECTS=takes-two')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('caught 1 of 1')])
  })
})
