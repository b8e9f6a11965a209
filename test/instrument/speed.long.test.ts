// What our own code costs beside plain k6: requests per CPU-second under the same load, in turns.
import { expect, test } from 'vitest'
import { findK6 } from '../../scripts/build/binaries.ts'
import { measure, spread } from '../../scripts/commands/bench.ts'
import { measured, triedFor } from '../measured.ts'

/** A floor against large mistakes, well under what is measured on a busy machine; docs/measured.md has the figures. */
const leastRatio = 0.5

test.runIf(process.platform === 'linux')(
  'the actors make more than half of the requests of plain k6 in the same CPU time',
  { timeout: triedFor(150_000) },
  (context) =>
    measured(context, async () => {
      const k6 = (await findK6({})).path
      const { rates, ratios } = await measure(k6, { pairs: 3, seconds: 5, perSecond: 150, users: 20 })
      const [least, median, most] = spread(ratios)
      console.log(
        `requests per CPU-second: plain k6 ${spread(rates.bare)[1].toFixed(0)}, actors ${spread(rates.actors)[1].toFixed(0)}; ` +
          `ratio ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
      )
      expect(ratios).toHaveLength(3)
      expect(median).toBeGreaterThan(leastRatio)
      // Much faster than plain k6 would mean that something was not measured.
      expect(most).toBeLessThan(3)
    }),
)
