// A fault hits another process than the one that it was meant for.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'fault.bite',
  caughtAs: 'UNDECIDED',
  under: 'cocoon/P3',
  faultLayer: { hitsAnother: true },
} satisfies Defect
