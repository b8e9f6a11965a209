// The system grows step by step, each judged by itself; then it is asked for twice what it can do, and recovers.
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export interface Ramp {
  name: 'ramp'
  numbers: {
    /** The level of each step, how long it takes to get there, and how long it stays. */
    steps: number[]
    rise: string
    step: string
    overload: string
    rest: string
    /** Arrivals in overload and in recovery, relative to those of a step. */
    overloadRate: number
    lowerRate: number
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Ramp>(
  'ramp',
  ({ steps, rise, step, overload, rest, overloadRate, lowerRate }) => {
    const top = steps.at(-1) ?? 0
    return [
      ...steps.flatMap((level) => [
        phase(`to-${level}`, 'warmup', reach(level, rise)),
        phase(`at-${level}`, 'normal', hold(level, step)),
      ]),
      phase('overload', 'overload', hold(top, overload), { arrivals: overloadRate }),
      phase('recovery', 'recovery', hold(top, rest), { arrivals: lowerRate }),
    ]
  },
)
