// The rules of the project that a compiler does not check, and the proof that each of these checks can fail.
import { beforeAll, describe, expect, test } from 'vitest'
import { allImports, misdirected } from './tidy/imports.ts'
import { longFunctions } from './tidy/functions.ts'
import { cycles, deadFiles, unusedExports, unusedPackages } from './tidy/modules.ts'
import { projectFiles } from './tidy/project-files.ts'
import type { ProjectFiles } from './tidy/project-files.ts'
import { badlyNamed, bannedText, namesSystems, tooLong } from './tidy/text.ts'
import { treeDiffers } from './tidy/tree.ts'

describe('the project', () => {
  let files: ProjectFiles = new Map()
  beforeAll(async () => {
    files = await projectFiles()
  })

  test('is looked at whole', () => {
    expect(files.size).toBeGreaterThan(50)
    expect(allImports(files).length).toBeGreaterThan(100)
  })
  test('imports in one direction', () => expect(misdirected(files)).toEqual([]))
  test('exports no value that nobody imports', () => expect(unusedExports(files)).toEqual([]))
  test('lists no package that nothing imports', () => expect(unusedPackages(files)).toEqual([]))
  test('has no modules that need each other', () => expect(cycles(files)).toEqual([]))
  test('holds no text of one machine and no unfinished work', () => expect(bannedText(files)).toEqual([]))
  test('has no long files', () => expect(tooLong(files)).toEqual([]))
  test('has no long functions', () => expect(longFunctions(files)).toEqual([]))
  test('has no module that nothing uses', () => expect(deadFiles(files)).toEqual([]))
  test('names no system outside of its folders', () => expect(namesSystems(files)).toEqual([]))
  test('has telling names', () => expect(badlyNamed(files)).toEqual([]))
  test('is the tree that README.md shows', () => expect(treeDiffers(files)).toEqual([]))
})

/** Files of these names exist in every example, so that a folder counts as one of the project's. */
const folders = [
  'verdict',
  'thresholds',
  'lib',
  'systems',
  'faults',
  'scenarios',
  'targets',
  'testbed',
  'keeper',
  'scripts',
]
const example = (files: Record<string, string>): ProjectFiles =>
  new Map([
    ...folders.map((folder): [string, string] => [`${folder}/empty.ts`, '']),
    ...Object.entries(files),
  ])

describe('an import in the wrong direction is found', () => {
  test.each([
    ['verdict/judge.ts', "import { plan } from '../lib/plan.ts'", /verdict may not import it/],
    ['verdict/judge.ts', "import type { Plan } from '../lib/plan.ts'", /verdict may not import it/],
    ['verdict/judge.ts', "export * from '../thresholds/shop.ts'", /verdict may not import it/],
    ['verdict/judge.ts', "import { readFileSync } from 'node:fs'", /there is no Node/],
    ['verdict/judge.ts', "import http from 'k6/http'", /may import k6/],
    ['thresholds/shop.ts', "import '../lib/plan.ts'", /thresholds may not import it/],
    ['lib/plan.ts', "import { system } from '../systems/shop/system.ts'", /lib may not import it/],
    ['lib/plan.ts', "import { limits } from '../thresholds/shop.ts'", /lib may not import it/],
    ['lib/plan.ts', "import '../keeper/main.ts'", /lib may not import it/],
    ['systems/shop/actors.ts', "import '../bakery/api.ts'", /only its own folder/],
    ['systems/shop/actors.ts', "import '../index.ts'", /only its own folder/],
    ['systems/shop/actors.ts', "import '../../testbed/gateway.ts'", /systems may not import it/],
    ['systems/index.ts', "const load = () => require('../scenarios/spike.ts')", /nothing imports a scenario/],
    ['faults/latency.ts', "import '../systems/shop/api.ts'", /faults may not import it/],
    ['faults/drivers/toxiproxy.ts', "import 'node:http'", /there is no Node/],
    ['scenarios/spike.ts', "import './baseline.ts'", /nothing imports a scenario/],
    ['systems/shop/cases/s4.ts', "import '../../../scenarios/spike.ts'", /nothing imports a scenario/],
    ['lib/plan.ts', "import type { Spike } from '../scenarios/spike.ts'", /nothing imports a scenario/],
    ['scripts/run.ts', "const x = await import('../scenarios/spike.ts')", /nothing imports a scenario/],
    ['test/unit/spike.test.ts', "import '../../scenarios/spike.ts'", /nothing imports a scenario/],
    [
      'testbed/shop/gateway.ts',
      "import type { Names } from '../../systems/shop/names.ts'",
      /testbed may not import it/,
    ],
    ['testbed/shop/gateway.ts', "type Plan = import('../../lib/plan.ts').Plan", /testbed may not import it/],
    ['testbed/shop/gateway.ts', 'import { sleep } from "k6"', /may import k6/],
    ['keeper/main.ts', "import '../scripts/run.ts'", /keeper may not import it/],
    ['targets/mine/answers.ts', "import http from 'k6/http'", /may import k6/],
  ])('%s: %s', (file, text, why) => {
    const found = misdirected(example({ [file]: text }))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(why)
  })

  test('over several steps to k6, but not over types', () => {
    const files = {
      'scripts/run.ts': "import { plan } from '../lib/plan.ts'",
      'lib/plan.ts': "import type { Call } from './call.ts'\nimport { time } from './time.ts'",
      'lib/call.ts': "import http from 'k6/http'",
      'lib/time.ts': '',
    }
    expect(misdirected(example(files))).toEqual([])
    expect(misdirected(example({ ...files, 'lib/time.ts': "import { call } from './call.ts'" }))).toEqual([
      'scripts/run.ts needs k6, which only k6 has: scripts/run.ts -> lib/plan.ts -> lib/time.ts -> lib/call.ts -> k6/http',
    ])
  })
})

test('a value that nobody imports is found, and a type is none', () => {
  const files = {
    'lib/a.ts':
      'export const one = 1\nexport function two() {}\nexport type Three = 3\nexport default 4\nconst five = 5\nexport { five }',
    'lib/b.ts': "import { one as first } from './a.ts'\nexport const b = first",
    'lib/c.ts': "export * from './b.ts'",
    'systems/shop/late/d.ts': 'export const d = 1',
    'lib/e.ts': 'const read = (name: string) => require(`../systems/${name}/late/d.ts`)',
    'scenarios/f.ts': 'export const options = {}',
  }
  expect(unusedExports(example(files))).toEqual([
    'lib/a.ts exports two',
    'lib/a.ts exports default',
    'lib/a.ts exports five',
  ])
})

test('a module that nothing uses is found', () => {
  const files = {
    'lib/a.ts': "import './b.ts'",
    'lib/b.ts': '',
    'scripts/forgotten.ts': 'start()',
    'scripts/called.mjs': '',
    'scripts/called.test.ts': '',
    Makefile: 'all:\n\tnode scripts/called.mjs && ./a',
    'testbed/shop/programs/front.ts': '',
    'test/unit/shop.test.ts': '',
  }
  expect(deadFiles(new Map(Object.entries(files)))).toEqual(['scripts/forgotten.ts'])
})

test('a long function is found, and what is inside of it counts for itself', () => {
  const lines = (n: number): string => '  call()\n'.repeat(n)
  const inner = `  const inner = () => {\n${lines(40)}  }\n`
  const files = {
    'lib/a.ts': `function fits() {\n${lines(58)}}\nfunction long() {\n${lines(59)}}`,
    'lib/b.ts': `export const outer = () => {\n${lines(30)}${inner}}`,
    'test/unit/a.test.ts': `test('a', () => {\n${lines(100)}})`,
  }
  expect(longFunctions(new Map(Object.entries(files)))).toEqual([
    'lib/a.ts:61 long has 61 lines of its own, more than 60',
  ])
})

test('a package that nothing imports is found', () => {
  const files = {
    'package.json':
      '{"dependencies": {"left": "1", "right": "1", "@a/b": "1", "files": "1"}, "devDependencies": {"prettier": "1"}}',
    'lib/a.ts': "import 'right/part'\nconst late = () => import('@a/b')\nrequire.resolve('files')",
  }
  expect(unusedPackages(example(files))).toEqual(['left'])
})

test('modules that need each other are found, but not over types, or what is evaluated late', () => {
  const files = {
    'lib/a.ts': "import { b } from './b.ts'\nexport const a = b",
    'lib/b.ts': "export { c } from './c.ts'",
    'lib/c.ts':
      "import type { A } from './a.ts'\nconst a = () => require('./a.ts')\nimport { d } from './d.ts'",
    'lib/d.ts': "import './e.ts'",
    'lib/e.ts': '',
  }
  expect(cycles(example(files))).toEqual([])
  expect(cycles(example({ ...files, 'lib/e.ts': "import { type B, b } from './b.ts'" }))).toEqual([
    'lib/b.ts <-> lib/c.ts <-> lib/d.ts <-> lib/e.ts',
  ])
})

test.each([
  ['verdict/judge.ts', "import { quantile } from '@stdlib/stats'\nimport './rules.ts'"],
  ['systems/shop/cases/s4.ts', "import type { Spike } from '../../../scenarios/spike.ts'"],
  ['thresholds/shop.ts', "import '../verdict/criterion.ts'"],
  [
    'lib/scenario.ts',
    "import exec from 'k6/execution'\nimport '../systems/index.ts'\nimport '../verdict/criterion.ts'",
  ],
  ['systems/shop/actors.ts', "import { sleep } from 'k6'\nimport './pool.ts'\nimport '../../lib/actor.ts'"],
  ['lib/adapter.ts', 'const adapter = (name: string) => require(`../targets/${name}/adapter.ts`)'],
  [
    'targets/mine/adapter.ts',
    "import encoding from 'k6/encoding'\nimport type { Pool } from '../../systems/shop/pool.ts'",
  ],
  [
    'testbed/shop/gateway.ts',
    "import 'node:http'\nimport '../../systems/shop/api.ts'\nimport '../../keeper/service.ts'",
  ],
])('an import in the right direction is none: %s', (file, text) => {
  expect(misdirected(example({ [file]: text }))).toEqual([])
})

test('a file that cannot be parsed is an error that names it', () => {
  expect(() => misdirected(example({ 'lib/broken.ts': 'import {' }))).toThrow(
    'lib/broken.ts cannot be parsed',
  )
})

test.each([
  ['// TO' + 'DO: later', /unfinished work/],
  ['// FIX' + 'ME', /unfinished work/],
  [`const folder = '${'/wo' + 'rk'}/project/dist'`, /a path of one machine/],
  [`cd ${'/ro' + 'ot'}/.cache`, /a path of one machine/],
  [`cd ${'/ho' + 'me'}/somebody/project`, /a path of one machine/],
  ['registry=https://regis' + 'try.npmjs.org/', /registry's host/],
  ['GOPROXY=https://pro' + 'xy.golang.org', /registry's host/],
  ['https://packages.example/artif' + 'actory.internal/npm', /registry's host/],
])('text that must not be there is found: %s', (text, what) => {
  const found = bannedText(example({ 'docs/page.md': `one\n${text}\nthree` }))
  expect(found).toHaveLength(1)
  expect(found[0]).toMatch(/^docs\/page\.md:2 /)
  expect(found[0]).toMatch(what)
})

test('text that only resembles it is not', () => {
  const harmless = [
    'a framework/ro' + 'ot/file',
    'http://host/wo' + 'rk/1',
    '../home/a/b',
    'a prom-client registry. The rest',
    'the word todo',
  ]
  expect(bannedText(example({ 'docs/page.md': harmless.join('\n') }))).toEqual([])
})

test('a long file is found, a generated one is not, and a test may be longer', () => {
  const lines = (count: number): string => 'line\n'.repeat(count)
  const files = {
    'lib/fits.ts': lines(300),
    'lib/long.ts': lines(301),
    'binaries/go.sum': lines(301),
    'test/e2e/fits.test.ts': lines(450),
    'test/e2e/long.test.ts': lines(451),
  }
  expect(tooLong(example(files))).toEqual([
    'lib/long.ts has 301 lines, more than 300',
    'test/e2e/long.test.ts has 451 lines, more than 450',
  ])
})

test('a system that is named outside of its folders is found', () => {
  const found = namesSystems(
    example({
      'systems/shop/system.ts': 'shop',
      'systems/index.ts': 'shop',
      'testbed/shop/testbed.ts': 'shop',
      'thresholds/shop.ts': 'shop',
      'thresholds/shop-rules.ts': 'shop',
      'test/systems/shop/unit/plan.test.ts': 'shop',
      'test/fixtures/golden/shop.json': 'shop',
      'docs/shop.md': 'shop',
      'lib/shopping.ts': 'shopping',
      'lib/plan.ts': 'a\nthe shop',
      'testbed/shopping.ts': "import 'shop/a.ts'",
      'test/e2e/list.test.ts': 'shop/A1',
      'test/systems/bakery/e2e/list.test.ts': 'shop/A1',
    }),
  )
  expect(found).toEqual([
    'lib/plan.ts:2 names the system shop: the shop',
    "testbed/shopping.ts:1 names the system shop: import 'shop/a.ts'",
    'test/e2e/list.test.ts:1 names the system shop: shop/A1',
    'test/systems/bakery/e2e/list.test.ts:1 names the system shop: shop/A1',
  ])
})

test('a name that tells nothing, or is not in kebab-case, is found', () => {
  const found = badlyNamed(
    example({ 'lib/utils.ts': '', 'scripts/helpers/a.ts': '', 'lib/common-cold.ts': '', 'lib/aName.ts': '' }),
  )
  expect(found).toEqual([
    'lib/utils.ts: "utils.ts" says nothing about what is in it',
    'scripts/helpers/a.ts: "helpers" says nothing about what is in it',
    'lib/aName.ts is not in kebab-case',
  ])
})

describe('the tree in README.md', () => {
  const readme = (...lines: string[]): string =>
    ['# Title', '```sh', 'make run', '```', '```', ...lines, '```'].join('\n')
  const files = (text: string): ProjectFiles =>
    new Map(Object.entries({ 'README.md': text, 'lib/a.ts': '', 'test/b.ts': '', '.ci/run': '' }))

  test('may show what is generated, and folders inside folders', () => {
    const tree = readme(
      'lib/    the seam',
      'test/   unit/ and more',
      'dist/   bundles    reports/  generated',
    )
    expect(treeDiffers(files(tree))).toEqual([])
  })
  test('that lacks a folder or shows one too many is found', () => {
    expect(treeDiffers(files(readme('lib/    the seam', 'docs/   pages')))).toEqual([
      "README.md's tree does not show test/",
      "README.md's tree shows docs/, which is not there",
    ])
  })
  test('must be there', () => {
    expect(treeDiffers(files('# Title'))[0]).toMatch(/shows no tree/)
    expect(treeDiffers(new Map([['lib/a.ts', '']]))).toEqual(['there is no README.md'])
  })
})
