// The kit knows no system: without those that it has, and with one from outside in their place, everything still works. The
// outsider has open arrivals, closed users, a tally of its work that is compared, a job in simulated time, an oracle of its own, and
// a testbed of two services with two defects.
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Manifest } from '../../scripts/run/plans.ts'
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

const steadyDay = `
import type { Case } from '../../../lib/plan/system.ts'
import type { Steady } from '../../../scenarios/steady.ts'
import type { Names } from '../names.ts'

const steadyDay: Case<Steady, Names> = {
  id: 'shop/A3',
  scenario: 'steady',
  source: 'test',
  numbers: () => ({ level: 5, warmUp: '1s', time: '5s' }),
  actors: () => [{ actor: 'visitor', residents: 'level', yieldsPerSecond: { items: 4 } }],
  criteria: ['sale.errors'],
  required: [],
}

export default steadyDay
`

describe('a system from outside, in place of all that were there', () => {
  test.each(['tsconfig.k6.json', 'tsconfig.node.json'])('has types that fit: %s', async (project) => {
    expect(await tree.inTree('node_modules/.bin/tsc', '-p', project)).toEqual({ exitCode: 0, output: '' })
  })

  test('leaves the tests of the kit as they are', async () => {
    const some = [
      'lib/plan/names',
      'scripts/names-apart',
      'scripts/build/registries',
      'test/time-shares',
      'scripts/evidence/oracles',
      'project/threat-model',
    ]
    const files = some.map((name) => `test/unit/${name}.test.ts`)
    const { exitCode, output } = await tree.inTree('node_modules/.bin/vitest', 'run', ...files)
    expect([exitCode, output]).toEqual([0, expect.stringContaining(', 0 failed, ')])
  })

  test('is listed with what its load can decide', async () => {
    const { output } = await tree.inTree('./assay', 'list')
    expect(output).toContain('shop/A1  scenario baseline on shop: A quiet day')
    expect(output).toMatch(/smoke +20 orders\/s/)
    for (const system of tree.removed) expect(output).not.toContain(system)
  })

  test('has no surge where its case leaves it out, for it has no queue', async () => {
    const text = await readFile(path.join(tree.root, 'dist/manifest.json'), 'utf8')
    const { plans } = (JSON.parse(text) as Manifest).scenarios['baseline']!
    const simulated = plans.filter((plan) => plan.case === 'shop/A2')
    expect(simulated.map(({ phases }) => phases.map(({ name, kind }) => [name, kind]))).toEqual([
      [
        ['warm-up', 'warmup'],
        ['steady', 'normal'],
      ],
    ])
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
        expect(criteria.map(({ status }) => status)).toEqual(['PASS', 'PASS', 'PASS', 'PASS', 'PASS'])
        // No case lists it: whatever the load, it is checked before.
        expect(criteria.at(-1)).toMatchObject({ id: 'shop.items.same', samples: 1 })
        expect([unit, system]).toEqual(['orders/s', 'shop'])
        const { laws, figures } = findings!['stock']!
        expect(laws['kept']!.violations).toBe(0)
        expect(figures[0]!.value).toBeGreaterThan(100)
      }),
    triedFor(60_000),
  )

  test('is over when its job has simulated the whole day, and the evidence that it brought is judged', async () => {
    const { exitCode, output } = await tree.inTree('./assay', 'run', 'CASE=shop/A2', 'SEED=1', 'RUN=foreseen')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('verdict: PASS (0)')])
    const { clock, seconds, criteria, not_claimed, phases } = await verdictOf('foreseen')
    expect(criteria.map(({ id, samples }) => [id, samples])).toEqual([
      ['shop.deliveries.in-time', 1200],
      ['shop.items.same', 1],
    ])
    expect(not_claimed).toEqual([
      { id: 'shop.sale.errors', why: 'judges real requests, and this load is simulated' },
    ])
    // It may take two minutes.
    expect([clock, seconds < 60, phases.at(-1)!.end - phases[0]!.start]).toEqual([
      'virtual',
      true,
      24 * 3_600_000,
    ])
  })

  test('has a defect proved that its comparison has to catch', async () => {
    const { exitCode, output } = await tree.inTree('./assay', 'prove', 'DEFECTS=slows-with-age')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('caught 1 of 1')])
  })

  test('takes a scenario, a case, a defect and a fault driver as docs/adding.md says, each as one file', async () => {
    const page = await readFile(path.join(tree.root, 'docs/adding.md'), 'utf8')
    const [, scenario] = /## A scenario\n.*?```ts\n(.*?)```/s.exec(page)!
    const driver = await readFile(path.join(tree.root, 'faults/drivers/clock.ts'), 'utf8')
    const added = {
      'scenarios/steady.ts': scenario!,
      'systems/shop/cases/steady-day.ts': steadyDay,
      'testbed/shop/defects/sells-nothing.ts': "export default { criterion: 'sale.errors' }\n",
      'faults/drivers/cosmic-rays.ts': driver,
    }
    for (const [file, text] of Object.entries(added)) await writeFile(path.join(tree.root, file), text)
    const { exitCode, output } = await tree.inTree('make', 'registries', 'build')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('faults/drivers/index.ts')])
    expect((await tree.inTree('./assay', 'list')).output).toContain('shop/A3  scenario steady on shop: test')
    const planted = await tree.inTree('./assay', 'run', 'CASE=shop/A3', 'DEFECTS=unknown')
    expect([planted.exitCode, planted.output]).toEqual([
      64,
      expect.stringContaining('Valid names: sells-nothing, slows-with-age, takes-two'),
    ])
    const types = await tree.inTree('node_modules/.bin/tsc', '-p', 'tsconfig.node.json')
    expect(types).toEqual({ exitCode: 0, output: '' })
  })
})
