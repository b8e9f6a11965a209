// What the tests' own reporter counts and excuses: a change must not look better than it is.
import { describe, expect, test } from 'vitest'
import type { TestModule } from 'vitest/node'
import { largestMean } from '../../machine-watch.ts'
import { counted, overtime, type Entry } from '../../outcome.ts'
import { usualSeconds, wholeSeconds } from '../../time-shares.ts'

interface Result {
  state: string
  note?: string
  errors?: { message: string }[]
}

/** A file as vitest reports it. */
const module = (state: string, results: Result[], errors: { message: string }[] = []): TestModule =>
  ({
    moduleId: '/some/file.test.ts',
    state: () => state,
    errors: () => errors,
    children: {
      allTests: () => results.map((result, index) => ({ fullName: `test ${index}`, result: () => result })),
    },
  }) as unknown as TestModule

const passed = { state: 'passed' }

describe('the reporter', () => {
  test('counts tests by how they ended, and names those that were skipped or failed', () => {
    const skipped = { state: 'skipped', note: 'nothing was measured in 3 attempts' }
    const failed = { state: 'failed', errors: [{ message: 'expected 1, got 2' }] }
    const found = counted([module('failed', [passed, skipped, failed])], [])
    expect(found.counts).toEqual({ passed: 1, failed: 1, skipped: 1 })
    expect(found.skipped.join()).toMatch(/test 1: nothing was measured in 3 attempts$/)
    expect(found.failed.join()).toMatch(/test 2: expected 1, got 2$/)
  })

  test('counts a file whose set-up failed, or that did not load, as one failure', () => {
    const setUp = module('failed', [{ state: 'skipped' }], [{ message: 'no port' }])
    expect(counted([setUp, module('failed', [])], []).counts).toEqual({ passed: 0, failed: 2, skipped: 1 })
    expect(counted([setUp], []).failed.join()).toContain('no port')
  })

  test('counts what went wrong outside of all tests', () => {
    expect(counted([module('passed', [passed])], [{ message: 'unhandled' }]).counts.failed).toBe(1)
  })
})

describe('a file that takes longer than its share', () => {
  const entry = (seconds: number, taken: number): Entry => ({
    file: 'test/e2e/some.test.ts',
    project: 'e2e',
    seconds,
    repeated: 0,
    taken,
  })

  test('is named, and a failure when it had the machine and took twice its share', () => {
    expect(overtime([entry(usualSeconds, 0)])).toEqual({ failed: [], named: [] })
    const late = overtime([entry(usualSeconds + 1, 0)])
    expect(late.failed).toEqual([])
    expect(late.named.join()).toMatch(/^test\/e2e\/some.test.ts took 13.0 s, and its share is 12.0 s/)
    expect(overtime([entry(2 * usualSeconds + 1, 0)]).failed).toHaveLength(1)
    const busy = overtime([entry(2 * usualSeconds + 1, 0.5)])
    expect(busy.failed).toEqual([])
    expect(busy.named.join()).toMatch(/others took 50 %/)
  })

  test('may take more where all files do, and where it alone does it may not', () => {
    const late = entry(2.5 * usualSeconds, 0)
    const others = (share: number): Entry[] =>
      Array.from({ length: 12 }, () => entry(share * usualSeconds, 0))
    expect(overtime([late, ...others(1 / 1.5)]).failed).toHaveLength(1)
    expect(overtime([late, ...others(0.95)])).toMatchObject({ failed: [], named: [expect.any(String)] })
    // A fast machine takes no share away, and a few files tell nothing of the machine.
    expect(overtime([entry(0.9 * usualSeconds, 0), ...others(0.3)])).toEqual({ failed: [], named: [] })
    expect(overtime([late, late]).failed).toHaveLength(2)
  })

  test('counts as the whole run when all files take longer than the time of the whole', () => {
    const run = { ...entry(wholeSeconds + 1, 0), file: 'make test' }
    expect(overtime([run]).failed).toHaveLength(1)
    const slowFiles = Array.from({ length: 12 }, () => entry(usualSeconds, 0))
    expect(overtime([run, ...slowFiles]).failed).toEqual([])
  })
})

test.each([
  ['nothing', [], 0],
  ['one burst among quiet seconds', [0, 0, 1, 1, 1, 1, 1, 0], 1],
  ['a burst shorter than the stretch', [0, 0, 0, 1, 0, 0, 0], 0.2],
  ['fewer values than a stretch', [0.5, 0.1], 0.3],
  ['less than nothing', [-0.1, -0.2], 0],
])('the largest mean of five in a row, of %s', (_, values, mean) =>
  expect(largestMean(values)).toBeCloseTo(mean),
)
