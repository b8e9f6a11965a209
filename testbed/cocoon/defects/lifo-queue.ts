// The newest task is served first, so that in a backlog the oldest ones wait for its end.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'allocation.no-starvation',
  newestFirst: true,
} satisfies Defect
