// Comparisons of phases rest on histograms, which residents alone keep.
import { describe, expect, test } from 'vitest'
import { hold, phase } from '../../../../lib/plan/phase.ts'
import { makePlan } from '../../../../lib/plan/plan.ts'
import type { Load, System } from '../../../../lib/plan/system.ts'
import { criteria, slower } from '../../../../thresholds/limits.ts'

const arriving: Load = {
  actor: 'asker',
  arrivals: 100,
  work: true,
  holdSeconds: 1,
  yields: { ask: 1 },
  requests: 1,
  opensWith: ['ask'],
}
const staying: Load = { actor: 'user', residents: 10, yieldsPerSecond: { ask: 10 } }

const planOf = (...actors: Load[]) => {
  const system: System = {
    unit: 'users',
    names: { steps: { ask: { groups: ['api'] } }, observations: {}, tallies: [], points: [] },
    criteria: criteria('test.md', {
      drift: [
        'P95 grows by less than a half',
        slower({ of: 'ask', p: 95, now: { in: 'peak' }, before: { in: 'normal' }, most: 1.5 }),
      ],
    }),
    cases: [],
    credentials: {},
  }
  return makePlan({
    scenario: 'day',
    systemName: 'asking',
    system,
    definition: {
      id: 'asking/A1',
      scenario: 'day',
      source: 'test',
      numbers: () => ({}),
      actors: () => actors,
      criteria: ['drift'],
      required: [],
    },
    profile: 'smoke',
    numbers: {},
    shapes: [phase('quiet', 'normal', hold(10, '60s')), phase('busy', 'peak', hold(20, '60s'))],
    seed: 1,
  })
}

describe('a comparison of two phases', () => {
  test('is claimed for what residents do, and counts nothing that arrivals do besides', () => {
    const { claimed, expected } = planOf(staying, arriving)
    expect(Object.keys(claimed)).toEqual(['asking.drift'])
    expect(expected['asking.drift#0'] ?? expected['asking.drift']).toMatchObject({ samples: 6000 })
  })

  test('is not claimed where only arrivals bring what it compares', () => {
    const { claimed, notClaimed } = planOf(arriving)
    expect(claimed).toEqual({})
    expect(notClaimed).toEqual([
      {
        id: 'asking.drift',
        why: 'compares ask, which only arrivals bring here; they keep no histograms',
      },
    ])
  })
})
