// Of more than 150 requests in a second some get no answer, and are not counted.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'spike.no-drops',
  ends: ({ thisSecond, random }) => (thisSecond > 150 && random() < 1 / 50 ? 'closed' : null),
} satisfies Defect
