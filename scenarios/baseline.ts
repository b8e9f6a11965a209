// The promised size at an easy pace, then a surge: latency, errors and fairness hold, and the queue serves everybody in turn.
import type { BaselineNumbers } from '../systems/cocoon/cases/baseline.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'baseline',
  (n: BaselineNumbers) => [
    phase('warm-up', 'warmup', hold(n.workers, n.warmUp)),
    phase('steady', 'normal', hold(n.workers, n.steady)),
    phase('surge', 'burst', hold(n.workers, n.surge), {
      arrivals: n.ebb,
      work: n.heavier,
      backlog: n.backlog,
    }),
    phase('drain', 'recovery', hold(n.workers, n.drain), { arrivals: n.ebb, work: n.heavier }),
  ],
)
