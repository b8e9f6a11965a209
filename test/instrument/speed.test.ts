// A floor against large mistakes on the hot path. speed.long.test.ts has the goals.
import { expect, test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { expectFast, loadsOf } from './speed.ts'

const leastShare = 0.75

test.runIf(process.platform === 'linux')(
  'the actors make at least 0.75 of the requests of a flat script in the same CPU time',
  { timeout: triedFor(60_000) },
  async (context) => {
    const loads = await loadsOf(3, 1.2)
    expect(loads.map(([name]) => name)).toContain('step')
    for (const [name, load, size] of loads)
      await measured(context, () => expectFast(name, load, size, leastShare))
  },
)
