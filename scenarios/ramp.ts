// The system grows step by step, each judged by itself; then it is asked for twice what it can do, and recovers.
import type { RampNumbers } from '../systems/cocoon/cases/ramp.ts'
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'ramp',
  (n: RampNumbers) => {
    const top = n.steps.at(-1) ?? 0
    return [
      ...n.steps.flatMap((workers) => [
        phase(`to-${workers}`, 'warmup', reach(workers, n.rise)),
        phase(`at-${workers}`, 'normal', hold(workers, n.step)),
      ]),
      phase('overload', 'overload', hold(top, n.overload), { arrivals: n.beyond }),
      phase('recovery', 'recovery', hold(top, n.rest), { arrivals: n.ebb }),
    ]
  },
)
