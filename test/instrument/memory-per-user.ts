// What one more virtual user costs: the slope of k6's memory between 100 and 1,000 idle ones.
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { expect } from 'vitest'
import { findK6 } from '../../scripts/build/binaries.ts'
import { readManifest } from '../../scripts/run/plans.ts'
import { defaultSystem } from '../../systems/default.ts'
import { projectRoot } from '../assay.ts'

const mebibyte = 2 ** 20
/** It follows the functions that every virtual user makes. */
const mostPerUser = 0.35
const [few, many] = [100, 1000]
/**
 * How much k6 may add to what it needs before it collects garbage, in percent. At Go's usual 100 the peak holds more of it than
 * the slope may be off: 0.337 to 0.369 MiB in three measurements, and 0.319 to 0.333 at 25.
 */
const garbagePercent = 25

/** Every bundle with every system that has a case for its scenario: a virtual user evaluates no other system's modules. */
export async function drivenBundles(): Promise<[bundle: string, system: string][]> {
  const { scenarios } = readManifest()
  const bundles = (await readdir(path.join(projectRoot, 'dist'))).filter((file) => file.endsWith('.js'))
  return bundles.flatMap((bundle) => {
    // One that is no scenario drives no system.
    const plans = scenarios[path.basename(bundle, '.js')]?.plans ?? [{ system: defaultSystem }]
    return [...new Set(plans.map(({ system }) => system))].map((system): [string, string] => [bundle, system])
  })
}

/** The bundle as it is, under a load that does nothing: every virtual user evaluates it, none drives anything. */
const idle = (bundle: string): string => `
import { sleep } from 'k6'
import * as bundle from '${bundle}'
export const options = { scenarios: { idle: { executor: 'constant-vus', vus: Number(__ENV.IDLE_USERS), duration: '4s' } } }
export default function () { sleep(1); if (__ENV.NEVER) bundle.drive() }
`

/** Peak resident memory of a k6 run with so many idle virtual users, in bytes. */
async function peakBytes(k6: string, script: string, system: string, users: number): Promise<number> {
  const child = execa(k6, ['run', '--quiet', '--no-thresholds', script], {
    env: {
      IDLE_USERS: String(users),
      BASE_URL: 'http://127.0.0.1:9',
      SYSTEM: system,
      K6_NO_USAGE_REPORT: 'true',
      K6_AUTO_EXTENSION_RESOLUTION: 'false',
      GOGC: String(garbagePercent),
    },
  })
  let peak = 0
  const timer = setInterval(() => {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readStatus(child.pid)) ?? []
    if (kilobytes !== undefined) peak = Math.max(peak, Number(kilobytes) * 1024)
  }, 50)
  await child.finally(() => clearInterval(timer))
  return peak
}

function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  } catch {
    return ''
  }
}

/** Expects every virtual user of the bundle to cost no more than it may, driving this system. */
export async function expectAffordable(bundle: string, system: string): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'assay-memory-'))
  try {
    const k6 = (await findK6({})).path
    const script = path.join(folder, bundle)
    await writeFile(script, idle(path.join(projectRoot, 'dist', bundle)))
    const [less, more] = [
      await peakBytes(k6, script, system, few!),
      await peakBytes(k6, script, system, many!),
    ]
    expect(less).toBeGreaterThan(0)
    const perUser = (more - less) / (many! - few!) / mebibyte
    console.log(
      `${bundle} of ${system}: ${(less / mebibyte).toFixed(0)} MiB at ${few}, ${(more / mebibyte).toFixed(0)} MiB at ${many}: ${perUser.toFixed(3)} MiB each`,
    )
    expect(perUser).toBeGreaterThan(0.05)
    expect(perUser).toBeLessThan(mostPerUser)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
