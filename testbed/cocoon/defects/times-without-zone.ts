// The answer to a submission leaves out the zone of its time.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.times',
  submissions: { onAnswer: (task) => ({ ...task, accepted_at: task.accepted_at.replace(/Z$/, '') }) },
} satisfies Defect
