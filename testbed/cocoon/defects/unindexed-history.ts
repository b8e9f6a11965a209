// Every fourth read of a task goes through all that ever were: often enough to be the slowest twentieth, and not so often
// that it takes all of a small machine.
import type { Defect } from '../defect.ts'

const every = 4
let reads = 0

export default {
  criterion: 'target.storage',
  scansNext: () => ++reads % every === 0,
} satisfies Defect
