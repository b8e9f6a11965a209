// More than 150 requests in a second are refused in part.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'spike.absorb',
  refuses: ({ thisSecond, random }) => thisSecond > 150 && random() < 0.2,
} satisfies Defect
