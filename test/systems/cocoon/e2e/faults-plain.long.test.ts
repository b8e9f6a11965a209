// Faults by k6 alone, without a runner and its keeper: those on http links are injected, proven and ended; all others are
// said not to be.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import { noMeans } from '../../../../testbed/service/isolation.ts'
import { projectRoot } from '../../../assay.ts'
import { measured, triedFor } from '../../../measured.ts'
import { startPool, type RunningPool } from './pool-harness.ts'

let pool: RunningPool
let folder = ''
let targetFile = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'assay-plain-faults-'))
  pool = await startPool({
    disturbed: [{ target: 'clients', isolation: 'link' }],
    means: { ...noMeans, toxiproxy: await ensureBinary('toxiproxy') },
  })
  targetFile = path.join(folder, 'target.json')
  await writeFile(targetFile, JSON.stringify(pool.testbed.target))
}, 300_000)
afterAll(async () => {
  await pool.stop()
  await rm(folder, { recursive: true, force: true })
})

async function chaos(variables: Record<string, string>) {
  // The test runner has a BASE_URL of its own.
  const all = { BASE_URL: '', CASE: 'cocoon/F6', TARGET: targetFile, SEED: '3', ...variables }
  const args = Object.entries(all).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  const result = await execa(
    await ensureBinary('k6'),
    ['run', '--quiet', '--no-color', ...args, path.join(projectRoot, 'dist/chaos.js')],
    {
      reject: false,
      all: true,
      env: {
        ...pool.testbed.secrets,
        K6_NO_USAGE_REPORT: 'true',
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
      },
    },
  )
  return { exitCode: result.exitCode, output: result.all ?? '' }
}

/** k6's own exit code: the floor under the number of faults that took effect was not reached. */
const thresholdCrossed = 99

describe('plain k6', () => {
  test(
    'injects what it can, proves it, ends it, and says what it cannot',
    { timeout: triedFor(120_000) },
    (context) =>
      measured(context, async () => {
        const { exitCode, output } = await chaos({ ALLOW_FAULTS: '1' })
        expect(output).toMatch(/fault: latency clients took effect: \d\S* ms, \d+ bytes -> \d+ ms, \d+ bytes/)
        expect(output).toMatch(/fault: latency clients is over/)
        expect(output).toContain('latency gateway-1-database is not injected: the target file names no link')
        expect(output).toContain('? cocoon.fault.bite')
        expect(output).not.toContain('✗ cocoon.fault.heal')
        expect(exitCode).toBe(thresholdCrossed)
        const { control, proxy } = pool.testbed.target.links['clients']!
        expect(await (await fetch(`${control}/proxies/${proxy}/toxics`)).json()).toEqual([])
      }),
  )

  test('injects nothing that nobody allowed', { timeout: triedFor(120_000) }, (context) =>
    measured(context, async () => {
      const { exitCode, output } = await chaos({ DURATION: '30s' })
      expect(output).toContain('latency clients is not injected: the target file names no link')
      expect(output).not.toMatch(/fault: .* took effect/)
      expect(exitCode).toBe(thresholdCrossed)
    }),
  )
})
