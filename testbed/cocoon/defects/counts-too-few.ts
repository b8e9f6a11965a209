// Of ten tasks that are completed the figures count nine: too little to be seen of a task or two.
import type { Defect } from '../defect.ts'

const share = 0.9

export default {
  criterion: 'contract.figures',
  onStats: ({ tasks, ...others }) => {
    const completed = Math.ceil(share * tasks.completed)
    const accepted = tasks.accepted - tasks.completed + completed
    return { ...others, tasks: { ...tasks, completed, accepted } }
  },
} satisfies Defect
