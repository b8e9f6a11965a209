// A gateway that is started again takes over five minutes until it serves. The first start is as quick as ever.
import type { Defect } from '../defect.ts'

const slowMs = 315_000

export default {
  criterion: 'fault.gateway-recovery',
  under: 'cocoon/F2',
  startsAfterMs: async (database) => {
    const workers = await database.query('anybody', 'SELECT 1 FROM workers LIMIT 1')
    return workers.length > 0 ? slowMs : 0
  },
} satisfies Defect
