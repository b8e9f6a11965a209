// A million events of payments are checked in seconds and in the memory that any machine has.
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { build } from 'esbuild'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { projectRoot } from '../assay.ts'
import { measured, triedFor } from '../measured.ts'

const gibibyte = 2 ** 30
const mostSeconds = 5

interface Measured {
  events: number
  payouts: number
  checkMs: number
  closeMs: number
  cpuMs: number
  heapBytes: number
  residentBytes: number
  violations: number
  unresolved: number
  undecided: string[]
  unchecked: string[]
}

test(
  'a million events are checked in under five seconds and one gibibyte',
  { timeout: triedFor(60_000) },
  (context) =>
    measured(context, async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'ledger-speed-'))
      try {
        const outfile = path.join(folder, 'ledger-load.mjs')
        await build({
          entryPoints: [path.join(projectRoot, 'test/instrument/ledger-load.ts')],
          bundle: true,
          platform: 'node',
          format: 'esm',
          outfile,
        })
        const { stdout } = await execa('node', ['--max-old-space-size=1024', outfile])
        const found = JSON.parse(stdout) as Measured
        const { events, payouts, checkMs, closeMs, cpuMs, heapBytes, residentBytes } = found
        console.log(
          `${events} events, ${payouts} payouts: ${(checkMs / 1000).toFixed(2)} s (CPU ${(cpuMs / 1000).toFixed(2)} s), ${(closeMs / 1000).toFixed(2)} s of it for ` +
            `ledger and chain; heap ${(heapBytes / gibibyte).toFixed(2)} GiB, resident ${(residentBytes / gibibyte).toFixed(2)} GiB`,
        )
        expect(events).toBeGreaterThanOrEqual(1_000_000)
        expect(payouts).toBe(80_000)
        expect(found).toMatchObject({ violations: 0, unresolved: 0, undecided: [] })
        expect(found.unchecked).toEqual(['rejected'])
        // Where other programs take turns on the machine, the clock tells of them too, and CPU time of the check alone.
        expect(Math.min(checkMs, cpuMs)).toBeLessThan(mostSeconds * 1000)
        expect(Math.max(heapBytes, residentBytes)).toBeLessThan(gibibyte)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }),
)
