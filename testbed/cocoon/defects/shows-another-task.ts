// A key under which nothing was accepted shows the newest task.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.own-record',
  submissions: { onRead: async (task, newest) => task ?? newest() },
} satisfies Defect
