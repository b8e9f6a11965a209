// The announced peak of requests, which the ceiling is held against.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import type { Load } from '../../../../lib/plan/system.ts'
import { arriving, calm, planOf } from './shop.ts'

const users: Load = {
  actor: 'user',
  residents: 10,
  yieldsPerSecond: { buy: 60, look: 40, shop: 100, sold: 60, time: 100 },
}

describe('the announced requests', () => {
  test('of residents are their steps, and not what groups, observations and tallies make of the same ones', () => {
    expect(planOf([calm()], { actors: () => [users] }).peakPerSecond).toBe(1000)
  })

  test('come on top of what arrivals say that they lead to, while these last', () => {
    const shapes = [calm(), phase('alone', 'recovery', hold(10, '10s'), { rates: { buyer: 0 } })]
    expect(planOf(shapes, { actors: () => [users, arriving('buyer')] }).peakPerSecond).toBe(1010)
  })
})
