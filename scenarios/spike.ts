// A burst many times the normal load is absorbed: nothing accepted is lost, and service is back to normal in time.
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export interface Spike {
  name: 'spike'
  numbers: {
    from: number
    to: number
    join: string
    lead: string
    rise: string
    crest: string
    fall: string
    rest: string
    /** Arrivals while the level rises, relative to the time before: more than can be served. */
    overloadRate: number
    /** Arrivals from the crest on: what has piled up is worked off. */
    lowerRate: number
  }
}

export const { options, plans, setup, drive, teardown, handleSummary } = scenario<Spike>(
  'spike',
  ({ from, to, join, lead, rise, crest, fall, rest, overloadRate, lowerRate }) => [
    phase('join', 'warmup', reach(from, join)),
    phase('before', 'normal', hold(from, lead)),
    phase('rise', 'peak', reach(to, rise), { arrivals: overloadRate }),
    phase('crest', 'peak', hold(to, crest), { arrivals: lowerRate }),
    phase('fall', 'peak', reach(from, fall), { arrivals: lowerRate }),
    phase('after', 'recovery', hold(from, rest), { arrivals: lowerRate }),
  ],
)
