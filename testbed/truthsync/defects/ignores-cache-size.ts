// CACHE_SIZE is shown, and not used.
import type { Defect } from '../defect.ts'

export default { criterion: 'config.effective', cacheSize: () => 100_000 } satisfies Defect
