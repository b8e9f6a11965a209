// A submission that is sent again makes another task.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.same-key',
  submissions: { storesAgain: true },
} satisfies Defect
