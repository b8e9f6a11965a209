// What one more virtual user costs, with the bundle that is used most.
import { test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { expectAffordable } from './memory-per-user.ts'

test.runIf(process.platform === 'linux')(
  'a virtual user of the baseline costs under 0.35 MiB',
  { timeout: triedFor(60_000) },
  (context) => measured(context, () => expectAffordable('baseline.js')),
)
