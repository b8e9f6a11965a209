// One refused submission in five runs all the same, and in the place of each the next one that comes is accepted and lost.
import type { Defect } from '../defect.ts'

const share = 0.2
/** So many have run that were refused, and nothing was lost for them yet. */
let owed = 0

export default {
  criterion: 'allocation.no-starvation',
  // Only where more is asked for than the pool can do anything is refused.
  under: 'cocoon/S2',
  runsRefused(random) {
    const runs = random() < share
    if (runs) owed++
    return runs
  },
  loses() {
    const isLost = owed > 0
    if (isLost) owed--
    return isLost
  },
} satisfies Defect
