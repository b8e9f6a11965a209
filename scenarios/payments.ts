// Workers are paid for what they did: steadily, in a crowd, while the payout service crashes, while the chain is away.
import type { PaymentNumbers } from '../systems/cocoon/cases/payments.ts'
import { hold, phase, scenario } from '../lib/scenario.ts'

export const { options, plans, setup, drive, disturb, teardown, handleSummary } = scenario(
  'payments',
  (n: PaymentNumbers) => {
    const usual = { rates: n.usual }
    // A part of the whole leaves the other parts out.
    const stretch = (time: string | null, make: (time: string) => ReturnType<typeof phase>) =>
      time === null ? [] : [make(time)]
    return [
      phase('earn', 'warmup', hold(n.workers, n.earn)),
      phase('steady', 'normal', hold(n.workers, n.steady), usual),
      ...stretch(n.crowd, (time) => phase('crowd', 'burst', hold(n.workers, time), { rates: n.crowded })),
      phase('calm', 'recovery', hold(n.workers, n.calm), usual),
      ...stretch(n.crash, (time) =>
        phase('crash', 'fault', hold(n.workers, time), {
          ...usual,
          faults: [{ driver: 'process', target: 'payout', settings: { kind: 'kill' }, lasts: n.away }],
        }),
      ),
      ...stretch(n.outage, (time) =>
        phase('outage', 'fault', hold(n.workers, time), {
          ...usual,
          faults: [
            { driver: 'chain', target: 'chain', settings: { kind: 'unavailable' }, lasts: n.away },
            // When it is back it loses the next message, and the same one sent again.
            {
              driver: 'chain',
              target: 'chain',
              settings: { kind: 'drop', drop: 2 },
              after: n.away,
              lasts: '5s',
            },
          ],
        }),
      ),
      phase('after', 'recovery', hold(n.workers, n.after), usual),
    ]
  },
  () => require('../faults/in-k6.ts') as typeof import('../faults/in-k6.ts'),
)
