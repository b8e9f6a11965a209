// A result is answered as taken at once, and stored a second later: what a gateway has in hand dies with it, and the work is
// done again when its lease is over.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.no-data-loss',
  under: 'cocoon/F2',
  writesResultsAfterMs: 1000,
} satisfies Defect
