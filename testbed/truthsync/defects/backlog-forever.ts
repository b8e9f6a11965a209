// After a second with more than 150 requests every request waits, for ever.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'spike.recovery',
  delayMs: ({ busiestSecond }) => (busiestSecond > 150 ? 30 : 0),
} satisfies Defect
