// The promised size at an easy pace, then a surge: latency, errors and fairness hold, and the queue serves everybody in turn.
import { hold, phase, scenario } from '../lib/scenario.ts'

export interface Baseline {
  name: 'baseline'
  numbers: {
    level: number
    warmUp: string
    steady: string
    surge: string
    drain: string
    /** Pieces of work that arrive at once in the surge. */
    backlog: number
    /** Arrivals in surge and drain, and the size of each piece of work, relative to the steady load. */
    lowerRate: number
    heavier: number
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Baseline>(
  'baseline',
  ({ level, warmUp, steady, surge, drain, backlog, lowerRate, heavier }) => [
    phase('warm-up', 'warmup', hold(level, warmUp)),
    phase('steady', 'normal', hold(level, steady)),
    phase('surge', 'burst', hold(level, surge), { arrivals: lowerRate, work: heavier, backlog }),
    phase('drain', 'recovery', hold(level, drain), { arrivals: lowerRate, work: heavier }),
  ],
)
