// A burst many times the normal load is absorbed: nothing accepted is lost, and service is back to normal in time.
import type { SpikeNumbers } from '../systems/cocoon/cases/spike.ts'
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'spike',
  (n: SpikeNumbers) => [
    phase('join', 'warmup', reach(n.from, n.join)),
    phase('before', 'normal', hold(n.from, n.lead)),
    phase('rise', 'peak', reach(n.to, n.rise), { arrivals: n.beyond }),
    phase('crest', 'peak', hold(n.to, n.crest), { arrivals: n.ebb }),
    phase('fall', 'peak', reach(n.from, n.fall), { arrivals: n.ebb }),
    phase('after', 'recovery', hold(n.from, n.rest), { arrivals: n.ebb }),
  ],
)
