// The same load on a small and on a much larger history: reads stay as fast.
import { hold, phase, scenario } from '../lib/scenario.ts'

export interface Growth {
  name: 'growth'
  numbers: {
    level: number
    /** Pieces of work of the past, before and in all. */
    small: number
    large: number
    /** Time to fill the system with each, and for which each is read. */
    fill: string
    grow: string
    read: string
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Growth>(
  'growth',
  ({ level, small, large, fill, grow, read }) => [
    phase('fill', 'warmup', hold(level, fill), { history: small }),
    phase('small', 'normal', hold(level, read)),
    phase('grow', 'warmup', hold(level, grow), { history: large - small }),
    phase('large', 'normal', hold(level, read)),
  ],
)
