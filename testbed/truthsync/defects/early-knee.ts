// Requests beyond the 250th of a second wait.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'stress.breaking-point',
  delayMs: ({ thisSecond }) => (thisSecond > 250 ? 150 : 0),
} satisfies Defect
