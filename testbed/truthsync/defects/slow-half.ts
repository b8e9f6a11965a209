// Three requests in five take 2 ms more.
import type { Defect } from '../defect.ts'

export default { criterion: 'watch.p50', delayMs: ({ random }) => (random() < 0.6 ? 2 : 0) } satisfies Defect
