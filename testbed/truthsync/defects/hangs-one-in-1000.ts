// One request in a thousand gets no answer.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'watch.timeouts',
  ends: ({ random }) => (random() < 1 / 1000 ? 'silence' : null),
} satisfies Defect
