// A key that is used again for something else is answered as if it were the same.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.reused-key',
  submissions: { ignoresContent: true },
} satisfies Defect
