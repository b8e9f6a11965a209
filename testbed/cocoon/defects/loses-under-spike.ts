// While a gateway takes many submissions, one in fifty is accepted and forgotten.
import { busyAbove } from '../busy.ts'
import type { Defect } from '../defect.ts'

const share = 1 / 50
const isBusy = busyAbove(25)

export default {
  criterion: 'spike.nothing-lost',
  loses: (random) => isBusy() && random() < share,
} satisfies Defect
