// Two answers of a batch change places.
import type { Defect } from '../defect.ts'

export default {
  criterion: 'api.batch',
  onBatch: ([first, second, ...others]) =>
    first === undefined || second === undefined ? [first ?? []].flat() : [second, first, ...others],
} satisfies Defect
