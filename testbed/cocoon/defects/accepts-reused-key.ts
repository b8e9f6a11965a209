// A key that is used again for something else is granted.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'payment.no-double',
  law: 'content',
  payments: {
    async onReuse(known, { account, amount_nanoton }) {
      return { ...known, account, amount_nanoton }
    },
  },
} satisfies Defect
