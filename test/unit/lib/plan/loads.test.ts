// What a case's loads, phases and claims name: whatever stands for nothing is an error of the plan.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { PhaseShape } from '../../../../lib/plan/phase.ts'
import type { Case, Load } from '../../../../lib/plan/system.ts'
import { planIn } from '../../../../scripts/run/plans.ts'
import { WrongUse } from '../../../../scripts/wrong-use.ts'
import { arriving, calm, following, planOf } from './shop.ts'

const user: Load = { actor: 'user', residents: 5, yieldsPerSecond: { look: 1 } }
const buyer = arriving('buyer') as Extract<Load, { arrivals: unknown }>
const forecaster: Load = { actor: 'forecaster', job: true, atMost: '90s', yields: {}, requestsPerSecond: 1 }
const of = (...actors: Load[]): Partial<Case> => ({ actors: () => actors })
const names = 'buy, look, leave, audit, sold, shop, time'

describe('a name that stands for nothing is an error that says which', () => {
  test.each<[what: string, definition: Partial<Case>, error: string]>([
    [
      'a required criterion',
      { required: ['sale.erors'] },
      'shop/A1, required: "sale.erors" is no criterion of the case; valid: sale.errors',
    ],
    [
      'whose arrivals are looked after',
      of(buyer, following('byer')),
      'shop/A1, follower, arrivals of: "byer" is no actor that arrives; valid: buyer',
    ],
    [
      'the same, of one that does not arrive',
      of(user, following('user')),
      'shop/A1, follower, arrivals of: "user" is no actor that arrives; valid: none',
    ],
    [
      'what is missing with an arrival',
      of({ ...buyer, opensWith: ['byu'] }),
      'shop/A1, buyer, opens with: "byu" is no step or observation; valid: buy, look, leave, audit, sold',
    ],
    [
      'what an arrival yields',
      of({ ...buyer, yields: { byu: 1 } }),
      `shop/A1, buyer, yields: "byu" is no step, observation, group or tally; valid: ${names}`,
    ],
    [
      'what each resident yields',
      of({ ...user, yieldsEach: { luk: 1 } }),
      'shop/A1, user, yields of each: "luk" is no step',
    ],
    [
      'what a resident yields a second',
      of({ ...user, yieldsPerSecond: { luk: 1 } }),
      'shop/A1, user, yields per second: "luk" is no step',
    ],
    [
      'what a job yields',
      of({ ...forecaster, yields: { normal: { sould: 1 } } }),
      'shop/A1, forecaster, yields of normal: "sould" is no step',
    ],
    [
      'the kind of phase in which it does',
      of({ ...forecaster, yields: { norml: { sold: 1 } } as object }),
      'shop/A1, forecaster, yields: "norml" is no kind of phase; valid: warmup, normal',
    ],
  ])('%s', (_, definition, error) => {
    expect(() => planOf([calm()], definition)).toThrow(error)
  })

  test.each(['byer', 'user', 'constructor'])('an actor whose rate a phase sets: %s', (actor) => {
    const crowd = phase('crowd', 'burst', hold(10, '10s'), { rates: { [actor]: 5 } })
    expect(() => planOf([crowd], of(buyer, user))).toThrow(
      `shop/A1, rates of phase crowd: "${actor}" is no actor that arrives; valid: buyer`,
    )
  })

  test('and wrong use of the command', () => {
    const module = { plans: () => [planOf([calm()], { required: ['sale.erors'] })] }
    expect(() => planIn(module, {})).toThrow(WrongUse)
  })
})

describe('a share of the capacity', () => {
  const half = of({ ...buyer, arrivals: { ofCapacity: 0.5 } })
  const shapes: PhaseShape[] = [calm()]

  test('cannot arrive where the case does not say what that is: nobody would come', () => {
    expect(() => planOf(shapes, half)).toThrow(
      'shop/A1, buyer: it arrives at a share of the capacity, and the case does not say what that is; give the case capacity()',
    )
  })

  test('is a share of what the case says', () => {
    const { segments } = planOf(shapes, { ...half, capacity: (level) => 3 * level })
    expect(segments.map(({ from, to }) => [from, to])).toEqual([[15, 15]])
  })
})
