// A submission is answered as accepted at once, and stored a second later: what a gateway has in hand dies with it.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.no-data-loss',
  under: 'cocoon/F2',
  writesAfterMs: 1000,
} satisfies Defect
