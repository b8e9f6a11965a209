// Every other half second a payout that is on its way is not found.
import type { Defect } from '../defect.ts'

const halfMs = 500

export default {
  criterion: 'payment.confirmation',
  law: 'own-order',
  payments: {
    onRead: (payout, now) => (payout.state === 'sent' && Math.floor(now / halfMs) % 2 === 1 ? null : payout),
  },
} satisfies Defect
