// Every twentieth entry that is evicted keeps its place, so that ever fewer are of any use.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'endurance.cache-hit',
  mostEntries: (evictions, size) => Math.max(size / 10, size - evictions / 20),
} satisfies Defect
