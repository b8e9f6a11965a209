// One request in two hundred ends as an internal error.
import type { Defect } from '../defect.ts'

export default {
  criterion: ['baseline.errors', 'watch.5xx'],
  ends: ({ random }) => (random() < 1 / 200 ? 'error' : null),
} satisfies Defect
