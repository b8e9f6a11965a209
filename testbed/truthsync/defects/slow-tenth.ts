// One request in ten takes 8 ms more.
import type { Defect } from '../defect.ts'

export default { criterion: 'watch.p95', delayMs: ({ random }) => (random() < 0.1 ? 8 : 0) } satisfies Defect
