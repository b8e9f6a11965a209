// Every bundle as k6 Cloud takes it: `k6 inspect` and `k6 archive`, on our k6 and on stock k6 v2.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { ensureBinary } from '../../scripts/build/binaries.ts'
import type { BinaryName } from '../../scripts/build/binaries.ts'
import { provideData } from '../../scripts/run/data-files.ts'
import { allPlans, readManifest } from '../../scripts/run/plans.ts'
import { inPackage } from '../../scripts/project.ts'

const binaries: BinaryName[] = ['k6', 'k6-v2']
const buildTimeOutMs = 15 * 60_000
const timeoutMs = 60_000

interface Options {
  scenarios: Record<string, unknown>
  thresholds: Record<string, unknown>
  cloud?: unknown
  ext?: { loadimpact?: unknown }
}

const { scenarios } = readManifest()
const address = 'http://127.0.0.1:9'
const plans = allPlans({ scenarios })
/**
 * Every bundle with the first system that has a case for its scenario, and every system with one bundle: k6 takes its time for each
 * pair.
 */
const pairs = Object.values(scenarios).flatMap((entry) =>
  [...new Set(entry.plans.map(({ system }) => system))].map((system) => [entry.bundle, system] as const),
)
const driven = pairs.filter(
  ([bundle, system], place) =>
    pairs.findIndex((pair) => pair[0] === bundle) === place ||
    pairs.findIndex((pair) => pair[1] === system) === place,
)
const [bundle, system] = driven[0]!
const { case: firstCase } = scenarios[path.basename(bundle, '.js')]!.plans.find(
  (one) => one.system === system,
)!
const targetOf = (name: string) => ['-e', `BASE_URL=${address}`, '-e', `SYSTEM=${name}`]
const target = targetOf(system)
const secret = 'a-token-that-must-not-travel'
/** Every token that a system may take, by its variable. */
const secrets = Object.fromEntries(
  plans.flatMap(({ credentials }) => Object.values(credentials)).map((name) => [name, secret]),
)

beforeAll(async () => {
  // Who runs bundles by k6 alone makes them by ./assay data.
  for (const name of readManifest().data) await provideData(name, {}, () => undefined)
  for (const binary of binaries) await ensureBinary(binary)
}, buildTimeOutMs)

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'assay-archive-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function k6(binary: BinaryName, args: string[], cwd = inPackage()) {
  const quiet = { K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' }
  const result = await execa(await ensureBinary(binary), args, {
    cwd,
    env: { ...quiet, ...secrets },
    reject: false,
    timeout: timeoutMs,
  })
  expect(result.stderr).toBe('')
  expect(result.exitCode).toBe(0)
  return result.stdout
}

const inspected = async (binary: BinaryName, args: string[], cwd?: string): Promise<Options> =>
  JSON.parse(await k6(binary, ['inspect', ...args], cwd)) as Options

/** Makes an archive, and answers its path and what k6 Cloud would read of it. */
async function archived(binary: BinaryName, bundle: string, variables: string[]) {
  const folder = await temporaryFolder()
  const file = path.join(folder, 'bundle.tar')
  await k6(binary, ['archive', '-O', file, ...variables, bundle])
  const { stdout } = await execa('tar', ['-xOf', file, 'metadata.json'])
  return { folder, file, metadata: JSON.parse(stdout) as { env: Record<string, string>; options: Options } }
}

describe.each(binaries)('%s', (binary) => {
  const ofBundle = new Map<string, Promise<Options>>()
  /** What k6 reads of a bundle itself, asked for once: each k6 takes a quarter of a second to start. */
  function optionsOf(bundle: string, system: string): Promise<Options> {
    const key = `${bundle} ${system}`
    const known = ofBundle.get(key) ?? inspected(binary, [...targetOf(system), bundle])
    ofBundle.set(key, known)
    return known
  }

  test.each(driven)(
    'inspects %s of %s: what is driven, and thresholds with floors',
    async (bundle, system) => {
      const options = await optionsOf(bundle, system)
      expect(Object.keys(options.scenarios).length).toBeGreaterThan(1)
      expect(Object.keys(options.thresholds).length).toBeGreaterThan(1)
      expect(JSON.stringify(options.thresholds)).toMatch(/count>=\d/)
    },
  )

  test.each(driven)(
    'archives %s of %s so that it needs nothing beside it, and no secret',
    async (bundle, system) => {
      const { folder, file, metadata } = await archived(binary, bundle, targetOf(system))
      expect(metadata.env).toEqual({ BASE_URL: address, SYSTEM: system })
      expect((await readFile(file)).includes(secret)).toBe(false)
      const [before, after] = [await optionsOf(bundle, system), await inspected(binary, [file], folder)]
      expect(after.scenarios).toEqual(before.scenarios)
      expect(after.thresholds).toEqual(before.thresholds)
    },
  )

  test('takes the target file along', async () => {
    const file = path.join(await temporaryFolder(), 'mine.json')
    // Where the archive runs, the variable has to be set, and not where it is made.
    const uses = Object.keys(plans.find((one) => one.system === system)!.credentials)
    const credentials = Object.fromEntries(uses.map((use) => [use, 'A_VARIABLE_THAT_IS_NOT_SET']))
    await writeFile(file, JSON.stringify({ name: 'archived', system, baseUrl: address, credentials }))
    const archive = await archived(binary, bundle, ['-e', `TARGET=${file}`])
    await rm(file)
    expect(await inspected(binary, [archive.file], archive.folder)).toMatchObject({
      tags: { target: 'archived' },
    })
  })

  test('has options.cloud from variables, and none without them', async () => {
    const cloud = ['-e', 'CLOUD_PROJECT=123', '-e', 'CLOUD_ZONES=amazon:us:ashburn=100']
    const { metadata } = await archived(binary, bundle, [...target, ...cloud])
    expect(metadata.options.cloud ?? metadata.options.ext?.loadimpact).toEqual({
      name: firstCase,
      projectID: 123,
      distribution: { 'amazon:us:ashburn': { loadZone: 'amazon:us:ashburn', percent: 100 } },
    })
    const plain = (await archived(binary, bundle, target)).metadata.options
    expect(plain.cloud ?? plain.ext?.loadimpact ?? null).toBeNull()
  })
})
