// A floor against large mistakes on the hot path. speed.long.test.ts has the goals.
import { test } from 'vitest'
import { measured, triedFor } from '../measured.ts'
import { expectNotSlow, loadsOf } from './speed.ts'

const leastShare = 0.75

test.runIf(process.platform === 'linux')(
  'the actors make at least 0.75 of the requests of a flat script in the same CPU time',
  { timeout: triedFor(60_000) },
  async (context) => {
    // One load is enough for it: that of the default system, where it brings one.
    const [first] = await loadsOf(3, 5)
    const [name, load, size] = first!
    await measured(context, () => expectNotSlow(name, load, size, leastShare))
  },
)
