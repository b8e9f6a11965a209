// Your own pool, with a token that it does not know.
import { expect, test } from 'vitest'
import { measured, triedFor, validRun } from '../../../measured.ts'
import { startOtherPool } from './other-pool.ts'

test(
  'a wrong token sends no load: UNDECIDED, with the status in its reasons',
  { timeout: triedFor(120_000) },
  (context) =>
    measured(context, async () => {
      const pool = await startOtherPool('a-token-of-the-other-pool')
      context.onTestFinished(() => pool.close())
      const variables = {
        TARGET: 'targets/example/target.json',
        BASE_URL: pool.baseUrl,
        PROFILE: 'kill',
      }
      const run = await validRun('own-pool-token', variables, { EXAMPLE_TOKEN: 'wrong' })
      expect((await run.verdict()).reasons.join('\n')).toMatch(
        /no load was sent: .*register: [A-Z]+ \S+ answered 401/,
      )
      expect(run.exitCode).toBe(2)
    }),
)
