// People are paid for what they did: steadily, in a crowd, while who pays them is down, while the chain is away.
import type { FaultShape } from '../lib/plan/phase.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

/** Arrivals per second of some actors. */
type Rates = Record<string, number>

export interface Payments {
  name: 'payments'
  numbers: {
    level: number
    /** Time in which they earn enough to ask for some of it. */
    earn: string
    steady: string
    /** Left out where null. */
    crowd: string | null
    /** Lets what the crowd asked for be paid before something is broken. */
    calm: string
    /** What is broken, one after the other: for less than its phase, because its consequences have to be seen, too. */
    parts: { name: string; time: string; faults: FaultShape[] }[]
    after: string
    usual: Rates
    crowded: Rates
  }
}

export const { options, plans, setup, drive, disturb, teardown, handleSummary } = scenario<Payments>(
  'payments',
  ({ level, earn, steady, crowd, calm, parts, after, usual, crowded }) => [
    phase('earn', 'warmup', hold(level, earn)),
    phase('steady', 'normal', hold(level, steady), { rates: usual }),
    ...(crowd === null ? [] : [phase('crowd', 'burst', hold(level, crowd), { rates: crowded })]),
    phase('calm', 'recovery', hold(level, calm), { rates: usual }),
    ...parts.map(({ name, time, faults }) =>
      phase(name, 'fault', hold(level, time), { rates: usual, faults }),
    ),
    phase('after', 'recovery', hold(level, after), { rates: usual }),
  ],
  () => require('../faults/in-k6.ts') as typeof import('../faults/in-k6.ts'),
)
