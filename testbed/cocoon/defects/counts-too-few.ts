// Beyond the first few completed tasks the figures count one in two: of one task or two nobody sees it.
import type { Defect } from '../defect.ts'

const countedWell = 5

export default {
  criterion: 'contract.figures',
  onStats: ({ tasks, ...others }) => {
    const beyond = Math.max(0, tasks.completed - countedWell)
    const lost = Math.floor(beyond / 2)
    const { completed, accepted } = tasks
    return { ...others, tasks: { ...tasks, completed: completed - lost, accepted: accepted - lost } }
  },
} satisfies Defect
