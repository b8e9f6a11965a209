// One request in ten takes 12 ms more.
import type { Defect } from '../defect.ts'

export default { criterion: 'watch.p95', delayMs: ({ random }) => (random() < 0.1 ? 12 : 0) } satisfies Defect
