// dist/payments.js by itself, as `k6 run`: no runner, no history, and the thresholds judge what actors saw of ledger and chain.
import path from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { ensureBinary } from '../../../../scripts/build/binaries.ts'
import { projectRoot } from '../../../assay.ts'
import { measured, triedFor } from '../../../measured.ts'
import { startPool, type RunningPool } from './pool-harness.ts'

const thresholdCrossed = 99

/** What plain k6 prints of a pool with this defect, and exits with. */
async function plainRun(defect: string) {
  const pool = await startPool({ history: true, defects: [defect] })
  return k6On(pool).finally(() => pool.stop())
}

async function k6On(pool: RunningPool) {
  const { baseUrl, endpoints } = pool.testbed.target
  const variables = { BASE_URL: baseUrl, CHAIN_URL: endpoints.chain!, CASE: 'cocoon/P2', PROFILE: 'kill' }
  return execa(
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
}

test(
  'plain k6 is content with what holds, and not with a payout that was paid twice',
  { timeout: triedFor(120_000) },
  (context) =>
    measured(context, async () => {
      const { exitCode, all: output } = await plainRun('retry-pays-again')
      expect(output).toContain('✓ cocoon.payment.mean')
      // The laws are the oracle's, who has no history here.
      expect(output).toMatch(/- cocoon\.payment\.reconciliation .*0 bad of \d+; the rest needs/)
      expect(output).toContain('✗ cocoon.payment.no-double')
      expect(exitCode).toBe(thresholdCrossed)
    }),
)

test(
  'nor with payouts that were accepted and lost, which nobody sees but who compares promises with what is found',
  { timeout: triedFor(120_000) },
  (context) =>
    measured(context, async () => {
      const { exitCode, all: output } = await plainRun('loses-accepted-payouts')
      expect(output).toContain('✗ cocoon.payment.reconciliation')
      expect(output).toMatch(/✗ assay_open_promises\{of:payout-known,kind:burst\}  count<=0/)
      expect(exitCode).toBe(thresholdCrossed)
    }),
)
