// Three requests in five take 7 ms more.
import type { Defect } from '../defect.ts'

export default { criterion: 'watch.p50', delayMs: ({ random }) => (random() < 0.6 ? 7 : 0) } satisfies Defect
