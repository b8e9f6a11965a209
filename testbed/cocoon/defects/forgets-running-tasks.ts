// The figures leave out what is running: it waits no more, has not ended, and is nowhere.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'contract.figures',
  onStats: ({ tasks, ...others }) => ({ ...others, tasks: { ...tasks, running: 0 } }),
} satisfies Defect
