// The same load on a small and on a much larger history: reads stay as fast.
import type { GrowthNumbers } from '../systems/cocoon/cases/growth.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'growth',
  (n: GrowthNumbers) => [
    phase('fill', 'warmup', hold(n.workers, n.fill), { history: n.small }),
    phase('small', 'normal', hold(n.workers, n.read)),
    phase('grow', 'warmup', hold(n.workers, n.grow), { history: n.large - n.small }),
    phase('large', 'normal', hold(n.workers, n.read)),
  ],
)
