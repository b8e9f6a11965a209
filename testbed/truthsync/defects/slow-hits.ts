// A text that is in the cache is verified all the same.
import type { Defect } from '../defect.ts'

export default { criterion: 'baseline.speedup', verifiesHits: true } satisfies Defect
