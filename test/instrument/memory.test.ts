// What one more virtual user costs, with the bundle that is used most.
import { test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { drivenBundles, expectAffordable } from './memory-per-user.ts'

test.runIf(process.platform === 'linux')(
  'a virtual user of the baseline costs under 0.35 MiB',
  { timeout: triedFor(60_000) },
  async (context) => {
    // One system is enough for it.
    const [name, system] = (await drivenBundles()).find(([bundle]) => bundle === 'baseline.js')!
    await measured(context, () => expectAffordable(name, system))
  },
)
