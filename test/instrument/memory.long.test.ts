// What one more virtual user costs, with every bundle.
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { projectRoot } from '../assay.ts'
import { measured, triedFor } from '../measured.ts'
import { expectAffordable } from './memory-per-user.ts'

test.runIf(process.platform === 'linux')(
  'a virtual user costs under 0.35 MiB',
  { timeout: triedFor(300_000) },
  async (context) => {
    const bundles = (await readdir(path.join(projectRoot, 'dist'))).filter((file) => file.endsWith('.js'))
    expect(bundles).toContain('baseline.js')
    for (const bundle of bundles) await measured(context, () => expectAffordable(bundle))
  },
)
