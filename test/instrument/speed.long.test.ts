// The goals of the hot path: what the actors make of the requests of a flat script that leaves the same evidence, in the same
// CPU time. docs/measured.md has the figures.
import { expect, test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { expectFast, loadsOf } from './speed.ts'

const [rounds, seconds] = [7, 7]
const leastShares: Record<string, number> = { mixed: 0.9, step: 0.95 }

test.runIf(process.platform === 'linux')(
  'the actors make 0.90 of the requests of a flat script under a mixed load, and 0.95 with one small POST',
  { timeout: triedFor(240_000) },
  async (context) => {
    const loads = await loadsOf(rounds, seconds)
    expect(loads.length).toBeGreaterThan(0)
    for (const [name, load, size] of loads)
      await measured(context, () => expectFast(name, load, size, leastShares[name]!))
  },
)
