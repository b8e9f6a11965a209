// The same load for a very long time: nothing grows, slows down or runs out.
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export interface Soak {
  name: 'soak'
  numbers: {
    level: number
    join: string
    /** Load between two handovers, and how many such stretches there are. */
    stretch: string
    stretches: number
    handover: string
    drain: string
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Soak>(
  'soak',
  ({ level, join, stretch, stretches, handover, drain }) => [
    phase('join', 'warmup', reach(level, join)),
    ...Array.from({ length: stretches }, (_, index) => index + 1).flatMap((number) => [
      phase(`stretch-${number}`, 'normal', hold(level, stretch)),
      ...(number < stretches ? [phase(`handover-${number}`, 'handover', hold(level, handover))] : []),
    ]),
    phase('drain', 'recovery', hold(level, drain)),
  ],
)
