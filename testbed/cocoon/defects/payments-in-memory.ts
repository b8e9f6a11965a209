// While the database does not answer, payouts are accepted into memory, and forgotten.
import type { Defect } from '../defect.ts'
import { asIfAccepted } from '../pretence.ts'

const patienceMs = 300

export default {
  criterion: 'fault.no-payment-loss',
  under: 'cocoon/F3',
  law: 'acknowledged',
  payments: {
    async onRequest(database, wanted) {
      return (await database.answers(patienceMs)) ? undefined : asIfAccepted(`memory-${wanted.key}`, wanted)
    },
  },
} satisfies Defect
