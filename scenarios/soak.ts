// The same load for a very long time: nothing grows, slows down or runs out.
import type { SoakNumbers } from '../systems/cocoon/cases/soak.ts'
import { hold, phase, reach, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, teardown, handleSummary } = scenario(
  'soak',
  (n: SoakNumbers) => [
    phase('join', 'warmup', reach(n.workers, n.join)),
    ...Array.from({ length: n.stretches }, (_, index) => index + 1).flatMap((number) => [
      phase(`stretch-${number}`, 'normal', hold(n.workers, n.stretch)),
      ...(number < n.stretches ? [phase(`handover-${number}`, 'handover', hold(n.workers, n.handover))] : []),
    ]),
    phase('drain', 'recovery', hold(n.workers, n.drain)),
  ],
)
