// Something is broken on purpose under live traffic: steady before, promises meanwhile, back to normal after.
import type { FaultShape } from '../lib/plan/phase.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

export interface Chaos {
  name: 'chaos'
  numbers: {
    level: number
    join: string
    steady: string
    parts: ChaosPart[]
    /** Long enough for a missed recovery to be seen, where there is time for that. */
    rest: string
    /** Arrivals per second of some actors, from the steady phase on. */
    rates: Record<string, number>
  }
}

export interface ChaosPart {
  name: string
  kind: 'fault' | 'degraded' | 'recovery'
  time: string
  faults: FaultShape[]
}

export const { options, plans, setup, drive, disturb, teardown, handleSummary } = scenario<Chaos>(
  'chaos',
  ({ level, join, steady, parts, rest, rates }) => [
    phase('join', 'warmup', hold(level, join)),
    phase('steady', 'normal', hold(level, steady), { rates }),
    ...parts.map(({ name, kind, time, faults }) => phase(name, kind, hold(level, time), { rates, faults })),
    phase('rest', 'recovery', hold(level, rest), { rates }),
  ],
  () => require('../faults/in-k6.ts') as typeof import('../faults/in-k6.ts'),
)
