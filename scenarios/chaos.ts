// Something is broken on purpose under live traffic: steady before, promises meanwhile, back to normal after.
import type { ChaosNumbers } from '../systems/cocoon/cases/faults.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, disturb, teardown, handleSummary } = scenario(
  'chaos',
  (n: ChaosNumbers) => {
    const load = { rates: n.rates }
    return [
      phase('join', 'warmup', hold(n.workers, n.join)),
      phase('steady', 'normal', hold(n.workers, n.steady), load),
      ...n.parts.map(({ name, kind, time, faults }) =>
        phase(name, kind, hold(n.workers, time), { ...load, faults }),
      ),
      phase('rest', 'recovery', hold(n.workers, n.rest), load),
    ]
  },
  () => require('../faults/in-k6.ts') as typeof import('../faults/in-k6.ts'),
)
