import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epochPlan } from '../../../../lib/plan/epochs.ts'
import { arrivalsBy, levelAt } from '../../../../lib/plan/plan-time.ts'
import { hold, phase, reach } from '../../../../lib/plan/phase.ts'
import type { Plan } from '../../../../lib/plan/plan.ts'
import { caseIn, planOf } from './plan-of.ts'

const soak = (stretches: number, seconds: number, handover: number): Plan =>
  planOf(caseIn('soak'), [
    phase('join', 'warmup', reach(20, '4s')),
    ...Array.from({ length: stretches }, (_, index) => [
      phase(`stretch-${index}`, 'normal', hold(20, `${seconds}s`)),
      ...(index < stretches - 1 ? [phase(`handover-${index}`, 'handover', hold(20, `${handover}s`))] : []),
    ]).flat(),
    phase('drain', 'recovery', hold(20, '10s')),
  ])

/** Arrivals due by a time (seconds after T0 of the whole run) in a plan that starts at `start`. */
const offeredBy = (plan: Plan, start: number, time: number): number =>
  plan.segments.reduce((sum, segment) => {
    const elapsed = Math.min(Math.max(0, time - start - segment.start), segment.seconds)
    return sum + arrivalsBy(segment, elapsed)
  }, 0)

describe('epochs', () => {
  test('reach from the start of one handover to the end of the next', () => {
    expect(soak(3, 30, 6).epochs).toEqual([
      { start: 0, end: 40 },
      { start: 34, end: 76 },
      { start: 70, end: 116 },
    ])
  })

  test('a plan without a handover is one epoch', () => {
    const plan = soak(1, 30, 6)
    expect(plan.epochs).toEqual([{ start: 0, end: 44 }])
    expect(epochPlan(plan, 1)).toBe(plan)
  })

  test('offer together, at every moment, what the whole plan offers: the cross-fade has no gap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }),
        fc.integer({ min: 10, max: 60 }),
        fc.integer({ min: 2, max: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (stretches, seconds, handover, share) => {
          const plan = soak(stretches, seconds, handover)
          const time = share * plan.driveSeconds
          const sum = plan.epochs.reduce(
            (total, { start }, index) => total + offeredBy(epochPlan(plan, index + 1), start, time),
            0,
          )
          expect(sum).toBeCloseTo(offeredBy(plan, 0, time), 3)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('have new workers before the old ones go, and never fewer than planned', () => {
    const plan = soak(3, 30, 6)
    const there = (time: number): number =>
      plan.epochs.reduce(
        (sum, { start }, index) => sum + levelAt(epochPlan(plan, index + 1).levels, time - start),
        0,
      )
    for (let time = 4; time < plan.driveSeconds; time += 0.25) expect(there(time)).toBeGreaterThan(20 - 1e-9)
    for (let time = 41; time < 70; time += 0.25) expect(there(time)).toBeCloseTo(20)
    expect(Math.max(...[35, 36, 37, 38, 39].map(there))).toBeLessThan(30)
  })

  test('an epoch that does not exist is an error', () => {
    expect(() => epochPlan(soak(3, 30, 6), 4)).toThrow('EPOCH=4: this plan has the epochs 1 to 3')
  })
})
