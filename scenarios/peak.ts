// The promised peak is reached quickly and held: nobody is dropped, and the rates are what was promised.
import { hold as stay, phase, reach, scenario } from '../lib/scenario.ts'

export interface Peak {
  name: 'peak'
  numbers: {
    level: number
    /** Time in which the level is reached, in which the system settles, and for which it stays. */
    join: string
    settle: string
    hold: string
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Peak>(
  'peak',
  ({ level, join, settle, hold }) => [
    phase('join', 'burst', reach(level, join)),
    phase('even-out', 'warmup', stay(level, settle)),
    phase('hold', 'peak', stay(level, hold)),
  ],
)
