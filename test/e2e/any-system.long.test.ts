// The tree without the systems that this one has, whole: all generic unit tests, and all cases and defects of the outsider in a row.
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exitCodes, type Verdict } from '../../verdict/verdict.ts'
import { treeOfAnotherSystem, type OtherTree } from '../any-system.ts'
import { measured, Spoilt, triedFor } from '../measured.ts'

let tree: OtherTree
beforeAll(async () => {
  tree = await treeOfAnotherSystem()
  const built = await tree.inTree('make', 'registries', 'build')
  expect(built.exitCode, built.output).toBe(0)
}, 120_000)
afterAll(() => tree.remove())

test('every unit test of the kit passes without the systems that it has', async () => {
  const { exitCode, output } = await tree.inTree('node_modules/.bin/vitest', 'run', 'test/unit')
  expect(output.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([])
  expect(exitCode, output).toBe(0)
}, 600_000)

test(
  'all its cases pass that have the profile, the faults that its actors commit among them',
  (context) =>
    measured(context, async () => {
      const reports = path.join(tree.root, 'reports')
      const before = await readdir(reports).catch((): string[] => [])
      const { exitCode, output } = await tree.inTree('./assay', 'run', 'CASE=ALL', 'PROFILE=kill', 'SEED=1')
      if (exitCode === exitCodes.INVALID) throw new Spoilt(output)
      expect([exitCode, output]).toEqual([0, expect.stringContaining('verdict: PASS (0)')])
      expect(output).toContain('left out, without the profile "kill": shop/A2')
      const runs = (await readdir(reports)).filter((name) => !before.includes(name) && name !== 'latest')
      expect(runs).toHaveLength(2)
      const text = await readFile(
        path.join(
          reports,
          runs.find((name) => name.includes('-shop-a4-'))!,
          'verdict.json',
        ),
        'utf8',
      )
      const { criteria, faults } = JSON.parse(text) as Verdict
      expect(criteria.map(({ id, status }) => [id, status])).toEqual([
        ['shop.door.bite', 'PASS'],
        ['shop.door.heal', 'PASS'],
        ['shop.items.same', 'PASS'],
      ])
      expect(
        faults.map(({ driver, bite, healed, effect }) => [driver, bite, healed, effect?.during]),
      ).toEqual([['close', true, true, '1 closed']])
    }),
  triedFor(90_000),
)

test('all its defects are proved where none is named', async () => {
  const { exitCode, output } = await tree.inTree('./assay', 'prove')
  expect([exitCode, output]).toEqual([0, expect.stringContaining('caught 2 of 2')])
}, 240_000)
