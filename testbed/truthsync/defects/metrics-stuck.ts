// /metrics stays as it was when it was asked for first.
import type { Defect } from '../defect.ts'

export default { criterion: 'metrics.truth', freezesMetrics: true } satisfies Defect
