// Before tests that run the command: current bundles, and the programs that they run on. On a new machine that takes minutes,
// which are no test's time.
import { execa } from 'execa'
import { ensureBinary } from '../scripts/build/binaries.ts'
import { inPackage } from '../scripts/project.ts'

export async function setup(): Promise<void> {
  await execa(process.execPath, [inPackage('scripts/build/prepare.mjs')], {
    // Tests look at the checkout that they belong to.
    env: { ASSAY_WORK: '' },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  const others = process.env['KUBE'] === '1' ? [] : (['k6-v2', 'toxiproxy'] as const)
  for (const binary of ['k6', ...others] as const) await ensureBinary(binary)
}
