import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hold, phase, reach } from '../../../../lib/plan/phase.ts'
import type { PhaseShape } from '../../../../lib/plan/phase.ts'
import { samplesWithoutBad } from '../../../../verdict/criterion.ts'
import { arrivalTime, arrivalsBy, arrivalsOf, levelAt, presentFrom } from '../../../../lib/plan/plan-time.ts'
import type { System } from '../../../../lib/plan/system.ts'
import type { Vocabulary } from '../../../../lib/plan/vocabulary.ts'
import { criteria, everyFault, latency } from '../../../../thresholds/limits.ts'
import type { PoolPhase } from '../../../../systems/cocoon/names.ts'
import { system } from '../../../../systems/cocoon/system.ts'
import { caseIn, planOf } from './plan-of.ts'

const definition = caseIn('baseline')

const planFor = (shapes: PhaseShape[], cut?: number) => planOf(definition, shapes, { cut })

describe('the plan', () => {
  const shapes = [
    phase('calm', 'normal', hold(10, '60s')),
    phase('surge', 'burst', hold(10, '4s'), { arrivals: 0.4, backlog: 400, work: 2.5 }),
    phase('after', 'recovery', hold(10, '45s'), { arrivals: 0.4, work: 2.5 }),
  ]

  test('has the capacity model of the criteria: 10 workers at 0.2 s, half of their 50 tasks/s offered', () => {
    const plan = planFor(shapes)
    const steady = plan.segments.find(({ name }) => name === 'client_calm')!
    expect((plan.phases[0]!.added as PoolPhase).workSeconds).toBeCloseTo(0.2)
    expect([steady.from, steady.to]).toEqual([25, 25])
    expect((plan.phases[1]!.added as PoolPhase).workSeconds).toBeCloseTo(0.5)
    expect(plan.segments.find(({ name }) => name === 'client_after')!.from).toBeCloseTo(10)
    const backlog = plan.segments.find(({ name }) => name === 'client_surge_backlog')!
    expect(arrivalsOf(backlog)).toBe(400)
  })

  test('gives an actor the rate that a phase names, whatever the workers can do, and none where it is 0', () => {
    const plan = planFor([
      phase('calm', 'normal', hold(10, '60s')),
      phase('crowd', 'burst', hold(10, '10s'), { rates: { visitor: 7, churn: 0 } }),
    ])
    const of = (name: string) => plan.segments.find((segment) => segment.name === name)
    expect([of('visitor_crowd')!.from, of('visitor_crowd')!.to]).toEqual([7, 7])
    expect(of('churn_crowd')).toBeUndefined()
    expect(of('visitor_calm')!.from).toBe(2)
    expect(of('client_crowd')!.from).toBe(25)
  })

  test('carries a fault with its phase, and makes as many virtual users ready as may have to wait', () => {
    const fault = { driver: 'process', target: 'payout', settings: { kind: 'kill' }, lasts: '4s' }
    const crash = phase('crash', 'fault', hold(10, '10s'), { rates: { payee: 15 }, faults: [fault] })
    const plan = planOf(caseIn('payments'), [crash])
    expect(plan.faults).toEqual([{ ...fault, id: 'kill payout', lasts: undefined, start: 0, seconds: 4 }])
    expect(plan.history).toBe(true)
    const { virtualUsers } = plan.segments.find(({ name }) => name === 'payee_crash')!
    expect(virtualUsers).toEqual({ ready: 15 * 8 + 4, most: 15 * 40 + 10 })
  })

  test('claims what it brings samples for, and names the rest with both figures', () => {
    expect(planFor(shapes).notClaimed).toEqual([])
    const short = planFor([phase('calm', 'normal', hold(10, '10s'))])
    expect(short.notClaimed.map(({ id }) => id)).toContain('cocoon.target.registration-p95')
    expect(short.notClaimed.find(({ id }) => id === 'cocoon.target.registration-p95')!.why).toBe(
      // Two a second by churn, and the workers themselves.
      'needs 59 samples; this load brings 30',
    )
  })

  test('a cut run is partial and loses the phases behind the cut', () => {
    const plan = planFor(shapes, 62)
    expect(plan.partial).toBe(true)
    expect(plan.phases.map(({ name, end }) => [name, end])).toEqual([
      ['calm', 60],
      ['surge', 62],
    ])
    expect(planFor(shapes).partial).toBe(false)
  })

  test('a claim that its system does not have is an error', () => {
    expect(() => planOf({ ...definition, criteria: ['load.latency-p59'] }, shapes)).toThrow(
      'claims "load.latency-p59"',
    )
  })

  test('a rule that names what nobody observes is an error that lists the valid ones', () => {
    const misspelt = {
      ...system.criteria['target.submit-p95']!,
      rules: [latency({ p: 95, under: 100, in: 'normal', of: 'sumbit' })],
    }
    expect(() =>
      planOf(definition, shapes, {
        system: { ...system, criteria: { ...system.criteria, 'target.submit-p95': misspelt } },
      }),
    ).toThrow(
      'criterion cocoon.target.submit-p95 judges the unknown name "sumbit"; valid: register, heartbeat, submit',
    )
  })

  test('a criterion whose name its system does not have does not compile', () => {
    const names = {
      steps: { buy: { groups: ['shop'] } },
      observations: { sold: {} },
      tallies: [],
      points: [],
    } as const satisfies Vocabulary
    type Own = System<typeof names>['criteria']
    const good: Own = criteria('shop.md', {
      one: ['one', latency({ p: 95, under: 100, in: 'normal', of: 'shop' })],
      two: ['two', latency({ p: 95, under: 100, in: 'normal', of: ['buy'] }), everyFault('bite', 'no bite')],
    })
    const misspelt = criteria('shop.md', {
      one: ['one', latency({ p: 95, under: 100, in: 'normal', of: 'shopp' })],
    })
    // @ts-expect-error "shopp" is no name of the shop
    const bad: Own = misspelt
    expect([Object.keys(good), Object.keys(bad)]).toEqual([['one', 'two'], ['one']])
  })

  test('a misspelt phase kind does not compile, and is an error at run time', () => {
    // @ts-expect-error "norml" is no kind of phase
    expect(() => phase('calm', 'norml', hold(1, '1s'))).toThrow('unknown kind "norml"; valid: warmup, normal')
  })

  test('every claimed criterion of every profile can get its samples', () => {
    const plan = planFor(shapes)
    for (const { samples, needed } of Object.values(plan.expected))
      expect(samples).toBeGreaterThanOrEqual(needed)
  })
})

describe('samples needed', () => {
  test.each([
    [0.001, 2995],
    [0.01, 299],
    [0.05, 59],
  ])('a limit of %f needs %i good samples', (limit, samples) =>
    expect(samplesWithoutBad(limit)).toBe(samples),
  )
})

describe('time in the plan', () => {
  test('a resident is present from when the level has passed its index, and not a moment before', () => {
    const move = fc.record({
      level: fc.integer({ min: 0, max: 12 }),
      seconds: fc.integer({ min: 1, max: 9 }),
    })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(move, fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.nat(12),
        fc.double({ min: 0, max: 30, noNaN: true }),
        (moves, index, time) => {
          const steps = moves.map(([{ level, seconds }, atOnce]) =>
            atOnce ? hold(level, `${seconds}s`) : reach(level, `${seconds}s`),
          )
          const { levels } = planFor([phase('all', 'normal', ...steps)])
          const from = presentFrom(levels, index, time)
          const end = levels.at(-1)!.end
          for (let at = time; at < Math.min(from - 0.01, end); at += 0.05)
            expect([at, levelAt(levels, at) > index]).toEqual([at, false])
          if (from === Infinity) return
          expect(from).toBeGreaterThanOrEqual(time)
          // What begins where a stretch ends is the next one's.
          if (from < end) expect(levelAt(levels, from)).toBeGreaterThan(index - 1e-9)
        },
      ),
    )
  })

  test('reach goes evenly from where the level was', () => {
    const { levels } = planFor([phase('up', 'normal', hold(10, '10s'), reach(30, '10s'))])
    expect(levelAt(levels, 5)).toBe(10)
    expect(levelAt(levels, 15)).toBeCloseTo(20)
    expect(levelAt(levels, 25)).toBe(0)
  })

  test('the first arrival is due at once, and where the rate changes after a whole interval', () => {
    expect(arrivalTime({ from: 40, to: 40, seconds: 6 }, 0)).toBe(0)
    // Where the rate changes, the first one when it is due as a whole: 40 t^2 / 12 = 1.
    expect(arrivalTime({ from: 0, to: 40, seconds: 6 }, 0)).toBeCloseTo(Math.sqrt(12 / 40))
  })

  test('the n-th arrival is due when n arrivals are due', () => {
    const rate = fc.double({ min: 0.5, max: 200, noNaN: true })
    fc.assert(
      fc.property(
        rate,
        rate,
        fc.integer({ min: 10, max: 600 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (from, to, seconds, share) => {
          const segment = { from, to, seconds }
          // Of evenly coming ones the first is due at once, of others when one is due as a whole.
          const first = from === to ? 0 : 1
          const index = share * (arrivalsBy(segment, seconds) - first)
          const time = arrivalTime(segment, index)
          expect(arrivalsBy(segment, time)).toBeCloseTo(index + first, 4)
        },
      ),
    )
  })
})
