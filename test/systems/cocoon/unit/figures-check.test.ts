// The pool's figures, held against what the first requests did, and what the runner makes of its count of completed tasks.
import { afterEach, describe, expect, test, vi } from 'vitest'
import { foundOf, notKept, type Break, type SmallPool } from './small-pool.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('the figures of a pool', () => {
  const shownAs =
    (figures: (pool: SmallPool) => Record<string, number>): Break =>
    (pool, { path }) =>
      path.endsWith('/stats') ? [200, { workers: { alive: 1 }, tasks: figures(pool) }] : undefined
  const but = (change: (own: Record<string, number>) => Record<string, number>): Break =>
    shownAs((pool) => ({ ...pool.figures(), ...change(pool.figures()) }))

  test('are those of what was done, and its completed tasks are told', async () => {
    const { pool, checks } = await foundOf()
    expect([checks['figures'], pool.told]).toEqual([{ is: 'kept' }, [0]])
  })

  test.each<[string, string, Break]>([
    [
      'what waits',
      'when a task waited, the figures were accepted 1, waiting 0,',
      but(() => ({ waiting: 0 })),
    ],
    ['what runs', 'when a worker held a task, the figures were', but(() => ({ running: 0 }))],
    [
      'what is completed',
      'when all had ended, 2 of them by',
      but(({ accepted, completed }) => ({ completed: 0, accepted: accepted! - completed! })),
    ],
    ['where a task is', 'when all had ended, 2 of them by', but(({ accepted }) => ({ failed: accepted! }))],
  ])('are wrong where they do not say %s', async (_, how, otherwise) => {
    const { checks } = await foundOf(otherwise)
    expect(notKept(checks)).toEqual({ figures: { is: 'violated', how: expect.stringContaining(how) } })
  })

  test('may be a second old', async () => {
    let [shown, at] = [{}, -Infinity]
    const { checks } = await foundOf(
      shownAs((pool) => {
        if (Date.now() - at >= 1000) [shown, at] = [pool.figures(), Date.now()]
        return shown
      }),
    )
    expect(checks['figures']).toEqual({ is: 'kept' })
  })

  test.each<[string, Break | undefined, boolean]>([
    ['the target file does not say "alone": true, so others may be in its figures', undefined, false],
    [
      'its figures have no accepted, completed or failed tasks',
      shownAs(() => ({ waiting: 0, running: 0, completed: 0 })),
      true,
    ],
  ])('are not judged where %s', async (why, otherwise, alone) => {
    const { checks } = await foundOf(otherwise, { alone })
    expect(notKept(checks)).toEqual({ figures: { is: 'not made', why } })
  })
})
