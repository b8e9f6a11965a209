// What ./assay does before the command starts, in a small checkout with a fake npm and a fake build.
import {
  chmod,
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { inPackage } from '../../../../scripts/project.ts'

let root = ''
let environment: Record<string, string> = {}
const inCheckout = (...parts: string[]): string => path.join(root, ...parts)

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(inCheckout(file)), { recursive: true })
  await writeFile(inCheckout(file), text)
}

const lock = (packages: Record<string, object>): string =>
  JSON.stringify({ packages: { '': { name: 'x' }, ...packages } })
const left = { 'node_modules/left': { version: '1.0.0' } }

/** The fake npm installs what `installs` says, the fake build writes the products; both leave a line in the log. */
const npm = (installs: string): string =>
  `#!/bin/sh\necho "npm $*" >> log\n/bin/mkdir -p node_modules\nprintf '%s' '${installs}' > node_modules/.package-lock.json\n`
const build = `
import { appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
appendFileSync('log', 'build\\n')
const dist = process.env.ASSAY_WORK + '/dist'
mkdirSync(dist + '/node/scripts', { recursive: true })
rmSync(dist + '/package', { force: true })
symlinkSync(process.cwd(), dist + '/package')
writeFileSync(dist + '/manifest.json', '{}')
writeFileSync(dist + '/node/scripts/assay.js', "console.log('assay', ...process.argv.slice(2)); process.exitCode = 3")
`

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'assay-prepare-'))
  const made = root
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  for (const file of [
    'assay',
    'scripts/build/prepare.mjs',
    'scripts/build/lock.mjs',
    'scripts/build/work-folder.mjs',
  ]) {
    await mkdir(path.dirname(inCheckout(file)), { recursive: true })
    await cp(inPackage(file), inCheckout(file))
  }
  await write('package.json', JSON.stringify({ type: 'module', engines: { node: '>=20.19' } }))
  await write('package-lock.json', lock(left))
  await write('esbuild.config.mjs', build)
  await write('lib/plan/plan.ts', '')
  await write('tools/npm', npm(JSON.stringify({ packages: left })))
  await chmod(inCheckout('tools/npm'), 0o755)
  await symlink(process.execPath, inCheckout('tools/node'))
  environment = { PATH: `${inCheckout('tools')}:/usr/bin:/bin` }
})

const assay = (args: string[] = [], cwd = root) =>
  execa(inCheckout('assay'), args, { cwd, env: environment, extendEnv: false, reject: false })
const log = async (): Promise<string[]> => (await readFile(inCheckout('log'), 'utf8')).trim().split('\n')
const touch = async (file: string): Promise<void> => {
  const soon = new Date(Date.now() + 60_000)
  await utimes(inCheckout(file), soon, soon)
}

test('installs and builds the first time, does neither the second time, and passes arguments and exit code through', async () => {
  const first = await assay(['run', 'A=b c'])
  expect(first.stdout).toBe('assay run A=b c')
  expect(first.stderr).toMatch(/^installing the locked packages/)
  expect(first.exitCode).toBe(3)
  expect(await log()).toEqual(['npm ci --no-fund --no-audit', 'build'])
  const second = await assay(['list'], tmpdir())
  expect([second.stdout, second.stderr, second.exitCode]).toEqual(['assay list', '', 3])
  expect(await log()).toHaveLength(2)
})

test('may be called through a link', async () => {
  await mkdir(inCheckout('elsewhere'))
  await symlink(inCheckout('assay'), inCheckout('elsewhere/assay'))
  const { stdout } = await execa(inCheckout('elsewhere/assay'), ['x'], {
    env: environment,
    extendEnv: false,
    reject: false,
  })
  expect(stdout).toBe('assay x')
})

describe('installs again', () => {
  test.each([
    ['a version in the lock changed', { 'node_modules/left': { version: '1.0.1' } }],
    ['a package was added to it', { ...left, 'node_modules/right': { version: '1.0.0' } }],
    ['a package was removed from it', {}],
  ])('when %s', async (_, packages) => {
    await assay()
    await write('package-lock.json', lock(packages))
    await assay()
    expect((await log()).filter((line) => line.startsWith('npm'))).toHaveLength(2)
  })

  test('but not for a package of another platform', async () => {
    await assay()
    await write(
      'package-lock.json',
      lock({ ...left, 'node_modules/left-windows': { version: '1.0.0', optional: true } }),
    )
    await assay()
    expect((await log()).filter((line) => line.startsWith('npm'))).toHaveLength(1)
  })
})

describe('builds again', () => {
  test.each(['lib/plan/plan.ts', 'esbuild.config.mjs', 'package-lock.json'])(
    'when %s is newer',
    async (file) => {
      await assay()
      await touch(file)
      await assay()
      expect((await log()).slice(1)).toEqual(['build', 'build'])
    },
  )

  test('when a source was removed', async () => {
    await write('lib/old.ts', '')
    await assay()
    await rm(inCheckout('lib/old.ts'))
    await touch('lib')
    await assay()
    expect((await log()).slice(1)).toEqual(['build', 'build'])
  })

  test('when a source was saved while the build ran', async () => {
    // This build ends a second after the source was saved, without taking that second.
    const slowly = `import { existsSync, utimesSync } from 'node:fs'
const first = !existsSync('dist')
${build}
if (first) {
  writeFileSync('lib/plan/plan.ts', 'saved')
  const end = new Date(Date.now() + 1000)
  utimesSync('dist/manifest.json', end, end)
}`
    await write('esbuild.config.mjs', slowly)
    await assay()
    await assay()
    expect((await log()).slice(1)).toEqual(['build', 'build'])
  })

  test('but not when a run writes a target file', async () => {
    await write('targets/mine/adapter.ts', '')
    await assay()
    await write('targets/testbed.json', '{}')
    await touch('targets/testbed.json')
    await touch('targets')
    await assay()
    expect((await log()).slice(1)).toEqual(['build'])
  })
})

describe('with a work folder of its own', () => {
  let work = ''
  beforeEach(async () => {
    work = await mkdtemp(path.join(tmpdir(), 'assay-work-'))
    const made = work
    onTestFinished(() => rm(made, { recursive: true, force: true }))
    await assay()
    await rm(inCheckout('dist'), { recursive: true })
    // Seen from the folder in which the command is called, not from that of the command.
    environment['ASSAY_WORK'] = path.basename(work)
  })
  const assayBeside = (...args: string[]) => assay(args, path.dirname(work))
  const builds = async (): Promise<number> => (await log()).slice(1).filter((line) => line === 'build').length

  test('builds there, once, and runs what it has built', async () => {
    const before = await readdir(root)
    for (let call = 1; call <= 2; call++) {
      const { stdout, stderr, exitCode } = await assayBeside('list')
      expect([stdout, stderr, exitCode]).toEqual(['assay list', '', 3])
    }
    expect(await builds()).toBe(2)
    expect(await readdir(root)).toEqual(before)
    expect((await readdir(work)).sort()).toEqual(['.assay', 'dist'])
  })

  test.each(['systems/shop/system.ts', 'thresholds/shop.ts', 'testbed/shop/testbed.ts'])(
    'builds again when its %s is newer',
    async (file) => {
      await mkdir(path.dirname(path.join(work, file)), { recursive: true })
      await writeFile(path.join(work, file), '')
      await assayBeside()
      const soon = new Date(Date.now() + 60_000)
      await utimes(path.join(work, file), soon, soon)
      await assayBeside()
      expect(await builds()).toBe(3)
    },
  )

  test('builds again when another package had built there', async () => {
    await assayBeside()
    await rm(path.join(work, 'dist/package'))
    await symlink(tmpdir(), path.join(work, 'dist/package'))
    await assayBeside()
    expect(await builds()).toBe(3)
  })

  test('installs no packages', async () => {
    await write('package-lock.json', lock({}))
    const { stderr, exitCode } = await assayBeside()
    expect(stderr).toContain('Run npm ci there, and run again.')
    expect([exitCode, (await log()).length]).toEqual([64, 2])
  })

  test.each([
    ['not-there', /^assay: ASSAY_WORK=not-there: there is no folder .*not-there\. /],
    [process.execPath, /^assay: ASSAY_WORK=.* is no folder\. /],
  ])('%s is wrong use', async (folder, why) => {
    environment['ASSAY_WORK'] = folder
    const { stderr, exitCode } = await assayBeside()
    expect(stderr).toMatch(why)
    expect([exitCode, await builds()]).toEqual([64, 1])
  })
})

describe('a machine that lacks something is told so, with exit 64:', () => {
  test('no Node', async () => {
    await rm(inCheckout('tools/node'))
    await copyFile('/bin/sh', inCheckout('tools/sh'))
    for (const program of ['dirname', 'readlink'])
      await symlink(`/usr/bin/${program}`, inCheckout('tools', program))
    environment = { PATH: inCheckout('tools') }
    const { stderr, exitCode } = await assay()
    expect(stderr).toBe(
      'assay: Node is not on the PATH. Install Node 20.19 or newer (https://nodejs.org) and run again.',
    )
    expect(exitCode).toBe(64)
  })

  test('an old Node', async () => {
    await write('package.json', JSON.stringify({ engines: { node: '>=99.1' } }))
    const { stderr, exitCode } = await assay()
    expect(stderr).toBe(
      `assay: Node >=99.1 is needed, and this is ${process.versions.node}. Install a newer one (https://nodejs.org) and run again.`,
    )
    expect(exitCode).toBe(64)
  })

  test('packages that cannot be installed', async () => {
    await write('tools/npm', '#!/bin/sh\necho "npm error network" >&2\nexit 1\n')
    const { stderr, exitCode } = await assay()
    expect(stderr).toMatch(/npm error network\nassay: npm ci failed; the reason is above/)
    expect(exitCode).toBe(64)
  })

  test('sources that cannot be built', async () => {
    await write('esbuild.config.mjs', "console.log('lib/plan/plan.ts: error'); process.exitCode = 1")
    const { stdout, stderr, exitCode } = await assay()
    expect(stderr).toMatch(/lib\/plan\/plan\.ts: error\nassay: the build failed; the reason is above/)
    expect([stdout, exitCode]).toEqual(['', 64])
  })
})
