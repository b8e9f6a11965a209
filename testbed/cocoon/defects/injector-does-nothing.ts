// A fault is said to have been injected, and nothing was done.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.bite',
  caughtAs: 'UNDECIDED',
  under: 'cocoon/F6',
  faultLayer: { doesNothing: true },
} satisfies Defect
