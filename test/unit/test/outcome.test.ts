// What the tests' own reporter counts and excuses: a change must not look better than it is.
import { describe, expect, test } from 'vitest'
import type { TestModule } from 'vitest/node'
import { largestMean } from '../../machine-watch.ts'
import { counted, overtime, type Entry } from '../../outcome.ts'
import { usualSeconds } from '../../time-shares.ts'

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

  test('is a failure when it had the machine, and mentioned when others had it', () => {
    expect(overtime([entry(usualSeconds + 1, 0)]).failed.join()).toMatch(
      /^test\/e2e\/some.test.ts took 13.0 s/,
    )
    const busy = overtime([entry(usualSeconds + 1, 0.5)])
    expect([busy.failed, busy.excused.length]).toEqual([[], 1])
    expect(overtime([entry(usualSeconds, 0)])).toEqual({ failed: [], excused: [] })
  })

  test('may take more where all files do, and where it alone does it may not', () => {
    const late = entry(1.4 * usualSeconds, 0)
    const others = (share: number): Entry[] =>
      Array.from({ length: 12 }, () => entry(share * usualSeconds, 0))
    expect(overtime([late, ...others(1 / 1.5)]).failed).toHaveLength(1)
    expect(overtime([late, ...others(0.95)])).toEqual({ failed: [], excused: [] })
    // A fast machine takes no share away, and a few files tell nothing of the machine.
    expect(overtime([entry(0.9 * usualSeconds, 0), ...others(0.3)]).failed).toEqual([])
    expect(overtime([late, late]).failed).toHaveLength(2)
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
