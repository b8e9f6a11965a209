// The promised peak is reached quickly and held: nobody is dropped, and the rates are what was promised.
import type { PeakNumbers } from '../systems/cocoon/cases/peak.ts'
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'peak',
  (n: PeakNumbers) => [
    phase('join', 'burst', reach(n.workers, n.join)),
    phase('even-out', 'warmup', hold(n.workers, n.settle)),
    phase('hold', 'peak', hold(n.workers, n.hold)),
  ],
)
