// What one more virtual user costs, with every bundle and every system that it can drive.
import { expect, test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { drivenBundles, expectAffordable } from './memory-per-user.ts'

test.runIf(process.platform === 'linux')(
  'a virtual user costs under 0.35 MiB',
  { timeout: triedFor(300_000) },
  async (context) => {
    const driven = await drivenBundles()
    expect(driven.map(([bundle]) => bundle)).toContain('baseline.js')
    for (const [bundle, system] of driven) await measured(context, () => expectAffordable(bundle, system))
  },
)
