// A quarter of the cache is used.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'baseline.cache-hit',
  cacheSize: (configured) => Math.ceil(configured / 4),
} satisfies Defect
