// A payout that was sent is shown as merely accepted every other half second.
import type { Defect } from '../defect.ts'

const halfMs = 500

export default {
  criterion: 'payment.confirmation',
  law: 'forward',
  payments: {
    onRead: (payout, now) =>
      payout.state === 'sent' && Math.floor(now / halfMs) % 2 === 1
        ? { ...payout, state: 'accepted' }
        : payout,
  },
} satisfies Defect
