// A tenth of the misses are counted as hits.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'baseline.cache-hit',
  onStats: (stats) => {
    const { cache_misses: misses, cache_hits: hits, total_claims: texts } = stats
    const moved = Math.floor(misses / 10)
    return {
      ...stats,
      cache_hits: hits + moved,
      cache_misses: misses - moved,
      cache_hit_rate: texts === 0 ? 0 : (hits + moved) / texts,
    }
  },
} satisfies Defect
