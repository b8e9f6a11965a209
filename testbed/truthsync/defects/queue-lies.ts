// One text in a hundred stays in the figure of the queue for ever.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'spike.queue',
  onStats: (stats) => ({
    ...stats,
    batch_queue_size: stats.batch_queue_size + Math.floor(stats.total_claims / 100),
  }),
} satisfies Defect
