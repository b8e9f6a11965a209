// One request in thirty is answered as accepted, and nothing is stored.
import { randomInt } from 'node:crypto'
import type { Defect } from '../defect.ts'
import { asIfAccepted } from '../pretence.ts'

const oneIn = 30

export default {
  criterion: 'payment.reconciliation',
  law: 'acknowledged',
  payments: {
    async onRequest(_database, wanted) {
      return randomInt(oneIn) > 0 ? undefined : asIfAccepted(`lost-${wanted.key}`, wanted)
    },
  },
} satisfies Defect
