// Requests are handled one after the other, each for 4 ms.
import type { Defect } from '../defect.ts'

export default { criterion: 'stress.throughput', lockMs: 4 } satisfies Defect
