// How late an arrival is: by when it was due, whatever k6 dropped before it.
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { arrivalsIn } from '../../../../lib/drive/arrivals.ts'
import { arrivalPeriodMs } from '../../../../lib/plan/plan-time.ts'

const { clock } = vi.hoisted(() => ({ clock: { ms: 0 } }))
vi.mock('k6/execution', () => ({
  default: {
    instance: {
      get currentTestRunDuration() {
        return clock.ms
      },
    },
  },
}))

const beganMs = 1234.56
beforeEach(() => {
  clock.ms = beganMs
})

const stretch = { actor: 'one', phase: 'steady', kind: 'normal', start: 0, seconds: 10, work: true } as const

/** Arrivals of one virtual user, every 10 ms in all. `at` is when one starts, in ms after the stretch began. */
function user(shards = 1, [from, to] = [100, 100]) {
  const world = { index: -1, name: '', requests: 9, lagMs: NaN }
  const lags: number[] = []
  let busyMs = 0
  const arrive = arrivalsIn({ ...stretch, from, to }, world, { prefix: 'r-', beganMs, shards }, () => {
    lags.push(world.lagMs)
    clock.ms += busyMs
  })
  return {
    world,
    /** The lag of an arrival, which then takes some time. */
    lagOf: (index: number, at: number, takesMs = 1): number => {
      clock.ms = beganMs + at
      busyMs = takesMs
      arrive(index)
      return lags.at(-1)!
    },
    lags,
  }
}

describe('at an even rate', () => {
  test('an arrival is as late as it starts after it was due, to fractions of a millisecond', () => {
    const { lagOf, world } = user()
    expect(lagOf(0, 5.25)).toBeCloseTo(5.25, 9)
    expect(lagOf(7, 75.031)).toBeCloseTo(5.031, 9)
    expect(world).toMatchObject({ index: 7, name: 'r-7', requests: 0 })
  })

  test('what k6 takes to wake up is no lag, up to five milliseconds', () => {
    const { lagOf } = user()
    expect([lagOf(0, 0.6), lagOf(1, 15), lagOf(2, 25.1)]).toEqual([0, 0, expect.closeTo(5.1, 9)])
  })

  test('one that seems to come a little early is not late', () => {
    expect(user().lagOf(5, 49.99)).toBe(0)
  })

  test('one that is later than the next one is due is as late as it is', () => {
    const { lagOf } = user()
    lagOf(0, 0.1)
    expect(lagOf(3, 57.5)).toBeCloseTo(27.5, 9)
    expect(lagOf(9, 95.2)).toBeCloseTo(5.2, 9)
  })

  test('what k6 may have dropped while the virtual user was busy is no lag', () => {
    const { lagOf } = user()
    lagOf(0, 0.1, 500)
    // Fifty were due until 500 ms; only this one was started.
    expect(lagOf(1, 515.2)).toBeCloseTo(5.2, 9)
    expect(lagOf(2, 525.4)).toBeCloseTo(5.4, 9)
    // From then on nothing can have been dropped.
    expect(lagOf(3, 562.5)).toBeCloseTo(32.5, 9)
  })

  test('of the first arrival of a virtual user nobody knows what was dropped before', () => {
    expect(user().lagOf(3, 57.5)).toBeCloseTo(7.5, 9)
  })

  test('an actor that broke down says nothing of what was dropped', () => {
    const world = { index: 0, name: '', requests: 0, lagMs: 0 }
    const even = { ...stretch, from: 100, to: 100 }
    const arrive = arrivalsIn(even, world, { prefix: '', beganMs, shards: 1 }, () => {
      throw new Error('broken')
    })
    for (const [index, at] of [
      [0, 0.5],
      [1, 105.5],
    ] as const) {
      clock.ms = beganMs + at
      expect(() => arrive(index)).toThrow('broken')
    }
    expect(world.lagMs).toBeCloseTo(5.5, 9)
  })

  test('of several processes each has its own arrivals, and is not late by those of the others', () => {
    const { lagOf } = user(3)
    expect(lagOf(1, 15.3)).toBeCloseTo(5.3, 9)
    // Those with the indices 5 and 6 are due, and come elsewhere.
    expect(lagOf(4, 62.5)).toBeCloseTo(22.5, 9)
    expect(lagOf(7, 102.5, 300)).toBeCloseTo(32.5, 9)
    // While this was busy, up to 400 ms, its process may have dropped all that was due but this one.
    expect(lagOf(10, 406)).toBeCloseTo(6, 9)
  })

  test('what comes beyond the plan is passed over', () => {
    const { lagOf, lags } = user()
    lagOf(1000, 10_000.1)
    expect(lags).toEqual([])
  })
})

test('an arrival of a ramp belongs to the latest due time', () => {
  // The n-th is due after 1000 * sqrt(n / 5) ms.
  const { lagOf } = user(1, [0, 100])
  expect(lagOf(4, 1005.4)).toBeCloseTo(5.4, 9)
  expect(lagOf(3, 1005.4)).toBeCloseTo(5.4, 9)
})

test.each([
  [100, 10],
  [300, 3.333333],
  [0.5, 2000],
  [33.3333, 1000 / 33.333],
])('k6 counts the time between %d a second in whole nanoseconds', (rate, periodMs) => {
  expect(arrivalPeriodMs(rate)).toBeCloseTo(periodMs, 5)
  expect(arrivalPeriodMs(rate)).toBeLessThanOrEqual(periodMs)
})
