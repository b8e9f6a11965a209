// The promised size at an easy pace, then a surge: latency, errors and fairness hold, and the queue serves everybody in turn.
import { hold, phase, scenario } from '../lib/scenario.ts'

export interface Baseline {
  name: 'baseline'
  numbers: {
    level: number
    warmUp: string
    steady: string
    /** Left out where null: a system without a queue has nothing to work off. */
    surge: Surge | null
  }
}

interface Surge {
  time: string
  drain: string
  /** Pieces of work that arrive at once. */
  backlog: number
  /** Arrivals in surge and drain, and the size of each piece of work, relative to the steady load. */
  lowerRate: number
  heavier: number
}

const surging = (level: number, { time, drain, backlog, lowerRate, heavier }: Surge) => [
  phase('surge', 'burst', hold(level, time), { arrivals: lowerRate, work: heavier, backlog }),
  phase('drain', 'recovery', hold(level, drain), { arrivals: lowerRate, work: heavier }),
]

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Baseline>(
  'baseline',
  ({ level, warmUp, steady, surge }) => [
    phase('warm-up', 'warmup', hold(level, warmUp)),
    phase('steady', 'normal', hold(level, steady)),
    ...(surge === null ? [] : surging(level, surge)),
  ],
)
