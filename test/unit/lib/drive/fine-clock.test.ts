// The clock that is finer than milliseconds, and when k6 began a scenario by it.
import { beforeEach, describe, expect, test, vi } from 'vitest'

const { exec } = vi.hoisted(() => ({ exec: {} as { instance?: unknown } }))
vi.mock('k6/execution', () => ({ default: exec }))

let module: typeof import('../../../../lib/drive/fine-clock.ts')
beforeEach(async () => {
  vi.resetModules()
  module = await import('../../../../lib/drive/fine-clock.ts')
})

const clockIs = (get: () => unknown): void => {
  Object.defineProperty(exec, 'instance', { configurable: true, get })
}

test('the clock is that of the run', () => {
  clockIs(() => ({ currentTestRunDuration: 7.25 }))
  expect(module.fineMs()).toBe(7.25)
})

test('the clock stands still where k6 has none', () => {
  clockIs(() => {
    throw new Error('getting instance information in the init context is not supported')
  })
  expect([module.fineMs(), module.fineMs()]).toEqual([0, 0])
})

describe('when a scenario began', () => {
  /** Each look at the clock takes as long as the next of these, the last one for good; the scenario began at 1000.3 ms. */
  function scenarioOf(steps: number[]) {
    let now = 5000
    const pass = (): number => (now += steps.length > 1 ? steps.shift()! : steps[0]!)
    clockIs(() => ({
      get currentTestRunDuration() {
        return pass()
      },
    }))
    return {
      startTime: 0,
      get progress() {
        return (pass() - 1000.3) / 20_000
      },
    }
  }

  test('is as exact as two looks are close together', () => {
    expect(module.beganAt(scenarioOf([0.002]), 20_000)).toBeCloseTo(1000.3, 6)
  })

  test('is that of the closest looks', () => {
    // The first two pairs of looks are 8 and 4 ms apart, and what is between them came right after the first look of a pair.
    const began = module.beganAt(scenarioOf([1, 0, 8, 1, 0, 4, 0.003]), 20_000)
    expect(Math.abs(began - 1000.3)).toBeLessThan(0.003)
  })

  test('gives up after some looks, and takes the best of them', () => {
    const began = module.beganAt(scenarioOf([1, 0, 8, 1, 0, 0.5, 1, 0, 8]), 20_000)
    expect(Math.abs(began - 1000.3)).toBeLessThan(0.251)
  })

  test('comes from whole milliseconds where the progress is at its end', () => {
    vi.useFakeTimers({ now: 1_700_000_000_500 })
    clockIs(() => ({ currentTestRunDuration: 900.25 }))
    const scenario = { progress: 1, startTime: 1_700_000_000_100 }
    expect(module.beganAt(scenario, 20_000)).toBe(500.25)
    vi.useRealTimers()
  })
})
