// dist/payments.js by itself, as `k6 run`: no runner, no history, and the thresholds judge what actors saw of ledger and chain.
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureBinary } from '../../scripts/binaries.ts'
import { projectRoot } from '../assay.ts'
import { startPool, type RunningPool } from './pool-harness.ts'

const thresholdCrossed = 99

let pool: RunningPool
beforeAll(async () => {
  pool = await startPool({ payments: true, defects: ['retry-pays-again'] })
}, 90_000)
afterAll(() => pool?.stop(), 30_000)

test(
  'plain k6 is content with what holds, and not with a payout that was paid twice',
  { timeout: 180_000 },
  async () => {
    const { baseUrl, endpoints } = pool.testbed.target
    const variables = { BASE_URL: baseUrl, CHAIN_URL: endpoints.chain!, CASE: 'cocoon/P2', PROFILE: 'kill' }
    const { exitCode, all: output } = await execa(
      await ensureBinary('k6'),
      [
        'run',
        '--quiet',
        '--no-color',
        ...Object.entries(variables).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
        path.join(projectRoot, 'dist/payments.js'),
      ],
      {
        reject: false,
        all: true,
        env: { ...pool.testbed.secrets, K6_NO_USAGE_REPORT: 'true', K6_AUTO_EXTENSION_RESOLUTION: 'false' },
      },
    )
    expect(output).toContain('✓ cocoon.payment.mean')
    // The laws are the oracle's, who has no history here.
    expect(output).toMatch(/- cocoon\.payment\.confirmation .*0 bad of \d+; the rest needs/)
    expect(output).toMatch(/- cocoon\.payment\.reconciliation .*0 bad of \d+; the rest needs/)
    expect(output).toContain('✗ cocoon.payment.no-double')
    expect(exitCode).toBe(thresholdCrossed)
  },
)
