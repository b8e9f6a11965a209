// Some pools that lie, all in one: each is seen through by a criterion of its own. All lies: matrix.long.test.ts.
import { expect, test } from 'vitest'
import { measured, triedFor } from '../../../measured.ts'
import { lies } from './lies.ts'
import { fooled, isCaught } from './matrix.ts'
import { assertMeasured, groupsOf, told } from './trials.ts'

const some = Object.entries(lies).filter(([, { isInShortTest }]) => isInShortTest === true)

test('there are as many lies as were promised', () => {
  expect(Object.keys(lies).length).toBeGreaterThanOrEqual(20)
  expect(some.length).toBeGreaterThanOrEqual(6)
  expect(groupsOf(some)).toHaveLength(1)
})

test(
  `a pool that lies is seen through: ${some.map(([name]) => name).join(', ')}`,
  { timeout: triedFor(60_000) },
  (context) =>
    measured(context, async () => {
      const behaviours = some.map(([, lie]) => lie.behaviour())
      const run = await told(context, 'brief', behaviours, { DURATION: '14s' })
      for (const [name, lie] of some) {
        assertMeasured(run, lie.concerns)
        const row = { name, lie, told: run }
        expect(fooled(row), name).toEqual([])
        const { status, words } = run.of(lie.concerns[0])
        expect(isCaught(row), `${name}: ${status}: ${words}`).toBe(true)
      }
      expect(run.exitCode).toBe(1)
    }),
)
