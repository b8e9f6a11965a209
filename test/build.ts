// Before tests that run the command: current bundles, and the k6 that they run on.
import { execa } from 'execa'
import { ensureBinary } from '../scripts/binaries.ts'
import { inProject } from '../scripts/project.ts'

export async function setup(): Promise<void> {
  await execa(process.execPath, [inProject('scripts', 'prepare.mjs')], {
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  await ensureBinary('k6')
}
