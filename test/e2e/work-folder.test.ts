// A system from outside, in a work folder of its own beside a package that nothing is written to: docs/adding.md, followed.
import {
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultSystem } from '../../systems/default.ts'
import { exitCodes, type Verdict } from '../../verdict/verdict.ts'
import { anySystem, copyProject } from '../any-system.ts'
import { environmentWith, freshRunId, projectRoot } from '../assay.ts'
import { measured, Spoilt, triedFor } from '../measured.ts'

let root = ''
let page = ''
/** The package before anything was called. */
let before: string[] = []
const inMine = (...parts: string[]): string => path.join(root, 'mine', ...parts)

/** Every entry of a folder that is wanted: its path, and what changes when somebody writes there. */
async function entriesOf(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const names = ['', ...(await readdir(folder, { recursive: true })).filter(isWanted).sort()]
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name)
      const stats = await lstat(file)
      return `${name} ${stats.mode} ${stats.isSymbolicLink() ? await readlink(file) : stats.size} ${stats.mtimeMs}`
    }),
  )
}

/** With what its links lead to, but for what the runner of these tests keeps among the packages. */
const entriesOfPackage = async (): Promise<string[]> => [
  ...(await entriesOf(path.join(root, 'assay'), (name) => !/^(bin|node_modules)\//.test(name))),
  ...(await entriesOf(path.join(projectRoot, 'bin'), () => true)),
  ...(await entriesOf(path.join(projectRoot, 'node_modules'), (name) => !name.startsWith('.vite'))),
]

beforeAll(async () => {
  root = await mkdtemp(path.join(await realpath(tmpdir()), 'assay-work-folder-'))
  await copyProject(path.join(root, 'assay'), () => true)
  for (const folder of ['systems/shop', 'thresholds', 'testbed'])
    await cp(path.join(anySystem, folder), inMine(folder), { recursive: true })
  await cp(path.join(projectRoot, 'targets/example'), inMine('targets/other'), { recursive: true })
  await mkdir(inMine('targets/silent'))
  await writeFile(inMine('targets/silent/adapter.ts'), 'export const adapter = {}\n')
  const text = await readFile(path.join(projectRoot, 'docs/adding.md'), 'utf8')
  page = text.slice(text.indexOf('without a fork'))
  before = await entriesOfPackage()
})
afterAll(() => rm(root, { recursive: true, force: true }))

/** Runs a line of the page in a folder beside the package. Its failure is an answer, and its output one stream. */
async function follow(line: string, folder = 'mine', more: Record<string, string> = {}) {
  expect(page).toContain(`\n${line}\n`)
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, PROFILE: 'kill', SEED: '1', ...more }
  const options = { cwd: path.join(root, folder), reject: false, all: true, extendEnv: false, env } as const
  const script = `export ASSAY_WORK=$PWD\n${line}`
  const { exitCode, all } = await execa('sh', ['-c', script], options)
  return { exitCode, output: all }
}

/** Calls the command for the work folder. */
const inWorkFolder = (...args: string[]) => {
  const env = environmentWith({ ASSAY_WORK: inMine() })
  return execa(path.join(root, 'assay/assay'), args, { env, extendEnv: false, reject: false, all: true })
}

const verdictOf = async (run: string): Promise<Verdict> =>
  JSON.parse(await readFile(inMine('reports', run, 'verdict.json'), 'utf8')) as Verdict

describe('a system in a work folder', () => {
  test('has its defects listed', async () => {
    const { exitCode, output } = await follow('make -C ../assay registries')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('testbed/shop/defects/index.ts')])
  })

  test('is listed beside those of the package', async () => {
    const { exitCode, output } = await follow('../assay/assay list')
    expect([exitCode, output]).toEqual([0, expect.stringContaining('shop/A1  scenario baseline on shop')])
    expect(output).toContain(` on ${defaultSystem}: `)
  })

  test('comes with the adapters of both folders', async () => {
    const bundle = await readFile(inMine('dist/baseline.js'), 'utf8')
    for (const name of ['example', 'other']) expect(bundle).toContain(`targets/${name}/adapter.ts`)
  })

  test('is not driven by the adapter of another one, nor by one that does not say whose it is', async () => {
    const run = (adapter: string) =>
      inWorkFolder('run', 'SYSTEM=shop', 'BASE_URL=http://127.0.0.1:9', `ADAPTER=${adapter}`)
    const { exitCode, all } = await run('other')
    const target = await readFile(path.join(projectRoot, 'targets/example/target.json'), 'utf8')
    const { system } = JSON.parse(target) as { system: string }
    const another = `targets/other/adapter.ts speaks for the system "${system}", and this run is of "shop"`
    expect([exitCode, all]).toEqual([64, expect.stringContaining(another)])
    const silent = await run('silent')
    expect([silent.exitCode, silent.all]).toEqual([
      64,
      expect.stringContaining(
        "targets/silent/adapter.ts does not say for which system it speaks: add `export const system = 'shop'`",
      ),
    ])
    const unknown = await run('missing')
    expect([unknown.exitCode, unknown.all]).toEqual([
      64,
      expect.stringContaining('unknown adapter "missing"'),
    ])
  })

  test('has types that fit', async () => {
    for (const kind of ['k6', 'node'])
      await follow(`echo '{ "extends": "../assay/tsconfig.${kind}.json" }' > tsconfig.${kind}.json`)
    await follow('ln -s ../assay/node_modules node_modules')
    for (const kind of ['k6', 'node'])
      expect(await follow(`node_modules/.bin/tsc -p tsconfig.${kind}.json`)).toEqual({
        exitCode: 0,
        output: '',
      })
  })

  test(
    'is PASS with its testbed',
    (context) =>
      measured(context, async () => {
        const run = freshRunId('honest')
        const { exitCode, output } = await follow('../assay/assay run SYSTEM=shop', 'mine', { RUN: run })
        if (exitCode === exitCodes.INVALID) throw new Spoilt(output)
        expect([exitCode, output]).toEqual([0, expect.stringContaining('verdict: PASS (0)')])
        const { criteria, findings } = await verdictOf(run)
        expect(new Set(criteria.map(({ status }) => status))).toEqual(new Set(['PASS']))
        expect(findings!['stock']!.laws['kept']!.violations).toBe(0)
      }),
    triedFor(60_000),
  )

  test('may have a defect that another system has too: then SYSTEM says which is meant', async () => {
    const { exitCode, all } = await inWorkFolder('prove', 'DEFECTS=slows-with-age')
    const both = `the testbeds of ${defaultSystem} and .*shop.* each have a defect "slows-with-age": give SYSTEM=`
    expect([exitCode, all]).toEqual([64, expect.stringMatching(both)])
    // The default system names cases for this, the shop does not.
    const deaths = await inWorkFolder('prove', 'DEATHS=1', 'SYSTEM=shop')
    expect([deaths.exitCode, deaths.all]).toEqual([64, expect.stringContaining('that of shop names none')])
  })

  test('is FAIL under its defect', async () => {
    const line = '../assay/assay run SYSTEM=shop DEFECTS=takes-two'
    const { exitCode, output } = await follow(line, 'mine', { RUN: 'planted' })
    expect([exitCode, output]).toEqual([1, expect.stringContaining('verdict: FAIL (1)')])
    const { criteria, findings } = await verdictOf('planted')
    const broken = criteria.filter(({ status }) => status === 'FAIL')
    expect(broken.map(({ id }) => id)).toEqual(['shop.stock.kept'])
    expect(broken[0]!.witness!.violations![0]!.text).toMatch(/^\d+ more are gone than were sold$/)
    expect(findings!['stock']!.laws['kept']!.violations).toBeGreaterThan(10)
  })

  test('leaves everything in the work folder, and nothing in the package', async () => {
    const made = ['.assay/keepers', 'dist/manifest.json', 'reports/latest', 'targets/testbed.json']
    for (const file of made) await lstat(inMine(file))
    expect(await entriesOfPackage()).toEqual(before)
  })
})

test.each([`systems/${defaultSystem}`, 'thresholds/limits.ts', 'testbed/service', 'targets/example'])(
  '%s in both folders is wrong use',
  async (name) => {
    const folder = path.join(root, name.replace('/', '-'))
    await cp(path.join(projectRoot, name), path.join(folder, name), { recursive: true })
    const { exitCode, output } = await follow('../assay/assay list', path.basename(folder))
    const both = `${path.join(folder, name)} and ${path.join(root, 'assay', name)} have the same name.`
    expect([exitCode, output]).toEqual([64, expect.stringContaining(both)])
  },
)

test('a command that was built in another folder is wrong use', async () => {
  const program = path.join(projectRoot, 'dist/node/scripts/assay.js')
  const { stderr, exitCode } = await execa(process.execPath, [program, 'list'], {
    env: { ASSAY_WORK: root },
    reject: false,
  })
  expect([exitCode, stderr]).toEqual([64, expect.stringContaining(`${projectRoot}: start ./assay`)])
})

test('a system without actors is wrong use', async () => {
  await cp(inMine('systems/shop/system.ts'), path.join(root, 'half/systems/shop/system.ts'))
  const { exitCode, output } = await follow('../assay/assay list', 'half')
  expect([exitCode, output]).toEqual([64, expect.stringContaining('half/systems/shop has no actors.ts')])
})
